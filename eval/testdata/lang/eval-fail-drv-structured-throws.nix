builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; __structuredAttrs = true; a = throw "no a"; }
