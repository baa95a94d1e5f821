builtins.replaceStrings (builtins.genList (i: toString (i / 2)) 40) (builtins.genList toString 40) "0 1 2 3 19"
