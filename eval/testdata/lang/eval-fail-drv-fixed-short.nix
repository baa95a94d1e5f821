builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; outputHash = "abc"; outputHashAlgo = "sha256"; }
