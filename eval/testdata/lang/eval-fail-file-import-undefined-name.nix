import ./tree/scoped.nix
