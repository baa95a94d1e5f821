builtins.fromJSON ''@''
