builtins.readFileType null
