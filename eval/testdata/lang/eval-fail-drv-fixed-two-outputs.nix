builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; outputHash = ""; outputHashAlgo = "sha256"; }
