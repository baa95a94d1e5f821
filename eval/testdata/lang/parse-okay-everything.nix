{ a, b ? [ 1 2.5 "s" ], ... }@args:
let
  inherit (args) c d;
  inherit a;
  x.y.${b} = rec { z = 1; };
in
with args;
assert a -> b || !c && d == 1;
if a ? b.c then
  f (-1) { inherit a; } // g
else
  "text ${x.y or z} more" + ''
    indented ${w}
      deeper
  '' ++ [ /p ./q <r> ./s/${t} ]
