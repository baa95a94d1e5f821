builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; __structuredAttrs = true; outputs = [ 1 ]; }
