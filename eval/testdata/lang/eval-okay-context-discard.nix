let d = derivation { name = "d"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; }; src = "${./tree/file}"; bare = builtins.unsafeDiscardStringContext; in
map (s: builtins.getContext (bare s)) [ "${d}" d.drvPath src ]
