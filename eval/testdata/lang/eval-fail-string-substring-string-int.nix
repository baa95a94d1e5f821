builtins.substring 0 3 12345
