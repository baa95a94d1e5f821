builtins.path { path = ./tree/file; sha256 = "abc"; }
