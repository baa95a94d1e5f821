builtins.attrNames (builtins.getContext (builtins.toJSON [ "${builtins.toFile "a" "b"}" { x = builtins.toFile "c" "d"; } ]))
