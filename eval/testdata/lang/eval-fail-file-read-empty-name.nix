builtins.readFile ""
