builtins.fromJSON ''[1,''
