builtins.fromJSON ''""''
