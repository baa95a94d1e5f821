builtins.fromJSON ''[{}, [], ""]''
