builtins.readFileType ./tree/nope
