builtins.fromJSON ''true''
