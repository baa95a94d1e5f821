let d = derivation { name = "d"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; }; src = "${./tree/file}"; bare = builtins.unsafeDiscardStringContext; in
[ (builtins.getContext (builtins.addDrvOutputDependencies d.drvPath)) (builtins.getContext (builtins.addDrvOutputDependencies (builtins.unsafeDiscardOutputDependency d.drvPath))) ]
