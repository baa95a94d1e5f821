builtins.pathExists ./tree/loop/x
