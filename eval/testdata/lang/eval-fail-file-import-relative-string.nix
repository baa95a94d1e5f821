import "tree/set.nix"
