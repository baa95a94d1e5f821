builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; a = ./tree/nope; }
