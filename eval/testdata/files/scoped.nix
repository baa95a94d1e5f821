[ (import ./one.nix) x ]
