builtins.readFile "tree/file"
