builtins.fromJSON ''[1}''
