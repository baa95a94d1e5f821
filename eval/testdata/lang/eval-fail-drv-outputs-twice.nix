builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; outputs = [ "a" "b" "a" ]; }
