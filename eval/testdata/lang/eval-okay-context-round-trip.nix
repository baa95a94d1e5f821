let d = derivation { name = "d"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; }; src = "${./tree/file}"; bare = builtins.unsafeDiscardStringContext; in
let s = "${d}${d.drvPath}${src}"; in builtins.getContext (builtins.appendContext "" (builtins.getContext s)) == builtins.getContext s
