builtins.fromJSON ''[0, -0, 0.0, -0.0, 0e5, 1e-400]''
