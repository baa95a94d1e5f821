builtins.fromTOML "\n\n\n\n\n\n\n\n\na = -9223372036854775809"
