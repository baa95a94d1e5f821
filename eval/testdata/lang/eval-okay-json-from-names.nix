builtins.fromJSON ''{"": 1, "a b": 2, "\u0061": 3, "''${x}": 4}''
