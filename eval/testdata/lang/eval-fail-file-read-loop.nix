builtins.readFile ./tree/loop
