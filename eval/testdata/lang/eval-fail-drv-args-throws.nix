builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; args = [ (throw "no argument") ]; }
