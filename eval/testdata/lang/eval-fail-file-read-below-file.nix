builtins.readFile ./tree/file/x
