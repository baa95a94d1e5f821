builtins.attrNames (builtins.getContext (builtins.concatStringsSep "${builtins.toFile "s" "x"}" [ "a" ]))
