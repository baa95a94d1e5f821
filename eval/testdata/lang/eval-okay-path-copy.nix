let p = ./tree/folder; in [
  (builtins.path { path = p; })
  (builtins.path { path = p; name = "other"; })
  (builtins.path { path = p; recursive = true; })
  (builtins.path { path = ./tree/file; recursive = false; })
  (builtins.path { path = ./tree/file; recursive = false; name = "n"; })
  (builtins.path { path = toString p; })
  (builtins.path { path = ./tree/link; })
  (builtins.path { path = ./tree/folder-link; })
]
