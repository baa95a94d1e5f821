builtins.appendContext "x" { "/nix/store/foo" = { }; }
