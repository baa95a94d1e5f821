builtins.tryEval (builtins.findFile [ { prefix = "x/"; path = ./tree; } ] "x/file")
