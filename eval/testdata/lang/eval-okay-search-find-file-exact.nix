baseNameOf (builtins.findFile [ { prefix = "p/q"; path = ./tree/folder; } ] "p/q")
