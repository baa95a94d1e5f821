builtins.fromJSON ''-42''
