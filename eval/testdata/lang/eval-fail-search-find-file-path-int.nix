builtins.findFile [ { path = 1; } ] "x"
