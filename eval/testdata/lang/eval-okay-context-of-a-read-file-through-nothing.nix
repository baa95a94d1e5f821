builtins.getContext (builtins.readFile ./tree/file)
