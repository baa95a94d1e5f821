(import ./broken/default.nix).value
