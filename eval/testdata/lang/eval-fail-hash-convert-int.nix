builtins.convertHash 3
