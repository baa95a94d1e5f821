builtins.mapAttrs (n: builtins.typeOf) (derivation { name = "d"; builder = "b"; system = "s"; extra = [ 1 ]; })
