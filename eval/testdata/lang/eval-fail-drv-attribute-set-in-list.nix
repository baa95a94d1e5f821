builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; a = [ 1 { } ]; }
