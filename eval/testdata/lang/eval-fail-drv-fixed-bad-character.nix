builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; outputHash = "zzzzzz883dda1e11db47671c4a3bbd9e"; outputHashAlgo = "md5"; }
