builtins.readDir ./tree/dangling
