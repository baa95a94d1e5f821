builtins.derivationStrict { name = "d"; system = "s"; }
