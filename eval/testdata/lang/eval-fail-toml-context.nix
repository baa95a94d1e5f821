builtins.fromTOML "${builtins.toFile "a" "a=1"}"
