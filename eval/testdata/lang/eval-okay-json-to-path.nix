builtins.toJSON ./dir4
