let p = ./tree; take = f: builtins.path { path = p; name = "t"; filter = f; }; in [
  (take (path: type: false))
  (take (path: type: type == "directory"))
  (take (path: type: type == "regular"))
  (take (path: type: baseNameOf path == "file"))
  (take (path: type: baseNameOf path != "deep"))
]
