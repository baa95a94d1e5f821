builtins.match "(a|b)*" (builtins.concatStringsSep "" (builtins.genList (i: if i == 5 then "b" else "a") 2000))
