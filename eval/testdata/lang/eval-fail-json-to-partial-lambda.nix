builtins.toJSON ((a: b: a) 1)
