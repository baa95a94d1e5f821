builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; __structuredAttrs = 1; }
