map builtins.typeOf (builtins.fromJSON ''[1, 1.0, 1e0, "1", null, true, [], {}, 18446744073709551616]'')
