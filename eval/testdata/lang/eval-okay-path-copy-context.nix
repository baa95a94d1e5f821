builtins.getContext (builtins.path { path = ./tree/file; })
