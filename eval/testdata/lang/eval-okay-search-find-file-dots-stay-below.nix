baseNameOf (builtins.findFile [ { prefix = "x"; path = ./tree; } ] "x/../../file")
