builtins.derivationStrict { name = "d"; builder = x: x; system = "s"; }
