builtins.stringLength (x: x)
