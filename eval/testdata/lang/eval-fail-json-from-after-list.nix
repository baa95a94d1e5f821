builtins.fromJSON ''[1]]''
