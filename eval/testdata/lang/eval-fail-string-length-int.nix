builtins.stringLength (3)
