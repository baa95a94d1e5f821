let a = builtins.toFile "a" "a"; in [ (builtins.toFile "b" "see ${a}") (builtins.toFile "c" "${a} ${builtins.toFile "b" "see ${a}"} ${./tree/file}") ]
