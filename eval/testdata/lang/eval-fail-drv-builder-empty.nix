builtins.derivationStrict { name = "d"; builder = ""; system = "s"; }
