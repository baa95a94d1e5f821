builtins.path { path = ./tree; recursive = 1; }
