builtins.readFile ./tree/dangling
