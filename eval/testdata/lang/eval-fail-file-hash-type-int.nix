builtins.hashFile 256 ./tree/file
