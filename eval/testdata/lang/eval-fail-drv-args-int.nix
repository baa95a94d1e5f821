builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; args = 1; }
