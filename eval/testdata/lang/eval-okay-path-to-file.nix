[ (builtins.toFile "a" "") (builtins.toFile "a" "text") (builtins.toFile "b.nix" "text") (builtins.toFile "A-_+?=.0" "ü") ]
