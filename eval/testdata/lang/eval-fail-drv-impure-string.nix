builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; __impure = "yes"; }
