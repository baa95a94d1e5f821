builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; outputHash = "764efa883dda1e11db47671c4a3bbd9e"; }
