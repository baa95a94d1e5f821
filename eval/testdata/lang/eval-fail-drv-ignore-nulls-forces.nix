builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; __ignoreNulls = true; a = throw "forced"; }
