builtins.readDir ./tree/nope
