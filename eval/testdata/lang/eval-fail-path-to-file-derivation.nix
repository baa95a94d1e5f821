builtins.toFile "x" "${derivation { name = "d"; builder = "b"; system = "s"; }}"
