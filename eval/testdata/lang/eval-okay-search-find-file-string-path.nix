baseNameOf (builtins.findFile [ { prefix = ""; path = toString ./tree; } ] "file")
