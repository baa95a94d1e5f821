builtins.stringLength (null)
