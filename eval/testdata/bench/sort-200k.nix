# sort with a comparator written in Nix.
builtins.elemAt (builtins.sort (a: b: a < b) (
  builtins.genList (x: builtins.bitXor (x * 7919) 12345) 200000
)) 1000
