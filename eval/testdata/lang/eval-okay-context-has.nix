let d = derivation { name = "d"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; }; src = "${./tree/file}"; bare = builtins.unsafeDiscardStringContext; in
map builtins.hasContext [ "" "${d}" d.drvPath src (bare src) (toString ./tree/file) ]
