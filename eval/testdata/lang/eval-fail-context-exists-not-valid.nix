builtins.pathExists (builtins.appendContext "/tmp" { "/nix/store/00000000000000000000000000000000-x.drv" = { allOutputs = true; }; })
