builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; outputHash = ""; outputHashAlgo = "sha256"; outputHashMode = "git"; }
