builtins.hasContext (builtins.readFile ./tree/file)
