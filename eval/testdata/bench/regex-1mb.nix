# Splitting a megabyte by a regular expression, and matching each part.
let
  line = i: "key${toString i} = value-${toString (i * 7)};  # comment ${toString i}\n";
  text = builtins.concatStringsSep "" (builtins.genList line 25000);
  parts = builtins.filter builtins.isString (builtins.split "[[:space:]]*\n" text);
  fields = map (builtins.match "([a-z0-9]+) = ([^;]*);.*") parts;
in
builtins.length parts + builtins.length (builtins.filter (f: f != null) fields)
