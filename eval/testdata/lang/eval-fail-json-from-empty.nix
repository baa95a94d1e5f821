builtins.fromJSON ''''
