builtins.derivationStrict { name = "d"; builder = "b"; }
