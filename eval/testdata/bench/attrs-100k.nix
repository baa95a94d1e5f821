# Sets of 100,000 attributes: made, mapped, updated, listed, looked up by name.
let
  s = builtins.listToAttrs (
    builtins.genList (i: {
      name = "a${toString i}";
      value = i;
    }) 100000
  );
  t = builtins.mapAttrs (n: v: v + 1) s // {
    x = 1;
    a5 = 2;
  };
in
builtins.foldl' (sum: n: sum + t.${n}) 0 (builtins.attrNames t)
