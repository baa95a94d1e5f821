builtins.fromTOML ''''
