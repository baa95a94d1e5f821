builtins.fromJSON ''01''
