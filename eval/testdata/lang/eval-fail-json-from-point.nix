builtins.fromJSON ''1.''
