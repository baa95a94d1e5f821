builtins.path { path = ./tree/folder; filter = p: t: 1; }
