let f = builtins.toFile "a" "b"; in [ (map (x: builtins.isString x && builtins.hasContext x) (builtins.split "-" "${f}")) (builtins.hasContext (builtins.head (builtins.split "nomatch!" "${f}"))) ]
