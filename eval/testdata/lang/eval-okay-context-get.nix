let d = derivation { name = "d"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; }; src = "${./tree/file}"; bare = builtins.unsafeDiscardStringContext; in
map builtins.getContext [ "" "${d}" "${d.dev}" d.drvPath src "${d}${d.dev}${d.drvPath}${src}" ]
