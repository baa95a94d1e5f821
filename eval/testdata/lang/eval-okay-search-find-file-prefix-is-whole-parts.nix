builtins.tryEval (builtins.findFile [ { prefix = "fol"; path = ./tree; } ] "folder")
