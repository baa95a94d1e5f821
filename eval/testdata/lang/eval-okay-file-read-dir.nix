builtins.readDir ./tree
