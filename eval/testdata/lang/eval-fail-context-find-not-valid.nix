builtins.findFile [ { path = builtins.appendContext "/tmp" { "/nix/store/00000000000000000000000000000000-x" = { path = true; }; }; } ] "x"
