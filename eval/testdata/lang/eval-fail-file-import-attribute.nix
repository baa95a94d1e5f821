(import ./tree/set.nix).nope
