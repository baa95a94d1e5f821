import ./tree/nothing.nix
