builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; a = x: x; }
