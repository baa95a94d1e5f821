builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; a = throw "no a"; }
