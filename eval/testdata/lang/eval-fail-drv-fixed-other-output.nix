builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; outputs = [ "dev" ]; outputHash = ""; outputHashAlgo = "sha256"; }
