let d = derivation { name = "d"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; }; src = "${./tree/file}"; bare = builtins.unsafeDiscardStringContext; in

map builtins.getContext [
  (builtins.appendContext "x" { })
  (builtins.appendContext "x" { ${bare src} = { path = true; }; })
  (builtins.appendContext "x" { ${bare src} = { path = false; allOutputs = false; outputs = [ ]; }; })
  (builtins.appendContext "x" { ${bare src} = { }; })
  (builtins.appendContext "x" { ${bare d.drvPath} = { path = true; allOutputs = true; outputs = [ "b" "a" "a" ]; }; })
  (builtins.appendContext src { ${bare d.drvPath} = { outputs = [ "out" ]; }; })
]
