builtins.substring 0 0 12345
