# Deep chains of //: a set that grows name by name, and a small one replaced again and again.
let
  grown = builtins.foldl' (acc: i: acc // { "k${toString i}" = i; }) { } (builtins.genList (x: x) 5000);
  replaced = builtins.foldl' (
    acc: i:
    acc
    // {
      x = i;
      y = acc.x or 0;
    }
  ) { } (builtins.genList (x: x) 200000);
in
builtins.length (builtins.attrNames grown) + replaced.x
