derivation { name = "a"; builder = "b"; system = "s"; } < 1
