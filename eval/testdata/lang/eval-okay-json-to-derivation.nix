builtins.toJSON (derivation { name = "a"; builder = "b"; system = "c"; })
