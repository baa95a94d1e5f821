builtins.findFile [ { prefix = 1; path = ./tree; } ] "x"
