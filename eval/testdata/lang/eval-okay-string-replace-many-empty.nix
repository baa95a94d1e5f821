let l = builtins.genList (i: "x${toString i}") 20; in builtins.replaceStrings (l ++ [ "" ]) (map (x: "!") l ++ [ "." ]) "x1 x19 x20"
