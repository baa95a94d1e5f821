import ./tree/broken.nix
