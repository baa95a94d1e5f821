import ./one.nix + import ./function.nix 1
