builtins.path { path = ./tree/folder; filter = p: true; }
