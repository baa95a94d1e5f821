# String building, and replaceStrings over 100,000 items.
let
  items = builtins.genList (i: "item-${toString i}/of.many") 100000;
  replaced = map (builtins.replaceStrings [ "-" "/" "." ] [ "_" "::" "" ]) items;
in
builtins.stringLength (builtins.concatStringsSep "," replaced)
+ builtins.foldl' (sum: s: sum + builtins.stringLength "<${s}:${builtins.substring 0 4 s}>") 0 items
