let d = derivation { name = "d"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; }; src = "${./tree/file}"; bare = builtins.unsafeDiscardStringContext; in
builtins.getContext (builtins.appendContext "x" { ${bare src} = { path = true; other = 1; }; })
