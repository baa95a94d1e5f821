builtins.appendContext "x" { a = { }; }
