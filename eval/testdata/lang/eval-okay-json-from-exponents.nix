builtins.fromJSON ''[1e5, 1E+2, 1e-2, 2.5E3]''
