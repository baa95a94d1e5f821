builtins.derivationStrict { name = "x.drv"; builder = "b"; system = "s"; }
