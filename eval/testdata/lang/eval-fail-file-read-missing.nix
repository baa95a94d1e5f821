builtins.readFile ./tree/nope
