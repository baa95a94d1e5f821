let l = builtins.genList toString 40; in builtins.replaceStrings l (map (x: "<${x}>") l) "1 12 39 40 5x7"
