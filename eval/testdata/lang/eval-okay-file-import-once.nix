let a = import ./tree/set.nix; b = import ./tree/set.nix; in [ (a == b) (a.here == b.here) ]
