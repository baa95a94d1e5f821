builtins.readDir ./tree/file
