builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; __contentAddressed = true; __impure = true; }
