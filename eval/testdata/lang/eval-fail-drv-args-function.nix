builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; args = [ "a" (x: x) ]; }
