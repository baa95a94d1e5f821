builtins.derivationStrict { name = "d"; builder = "b"; system = 1; __structuredAttrs = true; }
