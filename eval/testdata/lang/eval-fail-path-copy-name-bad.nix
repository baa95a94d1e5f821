builtins.path { path = ./tree/file; name = "a/b"; }
