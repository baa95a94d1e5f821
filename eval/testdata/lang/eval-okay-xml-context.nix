builtins.attrNames (builtins.getContext (builtins.toXML { a = builtins.toFile "a" "b"; }))
