builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; __structuredAttrs = true; a = { b = x: x; }; }
