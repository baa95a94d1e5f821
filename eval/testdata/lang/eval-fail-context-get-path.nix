builtins.getContext ./tree/file
