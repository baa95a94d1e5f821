let d = derivation { name = "d"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; }; src = "${./tree/file}"; bare = builtins.unsafeDiscardStringContext; in

builtins.mapAttrs (name: s: builtins.attrNames (builtins.getContext s)) {
  plus = "a" + src;
  substring = builtins.substring 0 1 src;
  nothing = builtins.substring 0 0 src;
  replace = builtins.replaceStrings [ "a" ] [ "b" ] src;
  replaced = builtins.replaceStrings [ "x" ] [ src ] "axb";
  notReplaced = builtins.replaceStrings [ "y" ] [ src ] "axb";
  sep = builtins.concatStringsSep src [ "a" "b" ];
  sepOne = builtins.concatStringsSep src [ "a" ];
  list = builtins.concatStringsSep "," [ src "b" ];
  string = toString [ src 1 ];
  json = builtins.toJSON { a = src; };
  base = baseNameOf src;
  dir = dirOf src;
  match = builtins.head (builtins.match "(.*)" src);
  split = builtins.head (builtins.split "-" src);
  functor = "${ { __toString = s: src; } }";
  out = "${ { outPath = src; } }";
}
