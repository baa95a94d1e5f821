builtins.path { path = ./tree/nope; }
