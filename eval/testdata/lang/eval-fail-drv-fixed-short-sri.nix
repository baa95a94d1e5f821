builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; outputHash = "sha256-AAAA"; }
