builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; __ignoreNulls = 1; }
