builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; a = builtins.appendContext "x" { "/nix/store/00000000000000000000000000000000-x.drv" = { outputs = [ "out" ]; }; }; }
