builtins.fromJSON ''nulL''
