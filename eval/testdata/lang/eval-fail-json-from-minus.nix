builtins.fromJSON ''-''
