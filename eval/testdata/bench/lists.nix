# The list builtins that module code is made of.
let
  xs = builtins.genList (x: x) 200000;
  pairs = builtins.concatMap (x: if builtins.bitAnd x 1 == 0 then [ x (x + 1) ] else [ ]) xs;
  groups = builtins.groupBy (x: toString (builtins.bitAnd x 255)) pairs;
  parts = builtins.partition (x: x > 1000) pairs;
in
builtins.length (builtins.attrNames groups)
+ builtins.length parts.right
+ builtins.length (builtins.filter (x: builtins.elem x [ 1 2 3 ]) xs)
+ (if builtins.all (x: x >= 0) xs then 1 else 0)
