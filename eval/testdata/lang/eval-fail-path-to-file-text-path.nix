builtins.toFile "x" ./tree/file
