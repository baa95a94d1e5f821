builtins.readFile ./tree/binary
