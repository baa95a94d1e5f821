builtins.pathExists "tree"
