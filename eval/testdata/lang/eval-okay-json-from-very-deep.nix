let f = n: if n == 0 then "" else f (n - 1) + "["; deep = s: builtins.concatStringsSep "" (builtins.genList (_: s) 3000); in builtins.typeOf (builtins.fromJSON (deep "[" + deep "]"))
