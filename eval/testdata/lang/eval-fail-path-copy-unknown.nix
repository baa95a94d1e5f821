builtins.path { path = ./tree; nmae = "x"; }
