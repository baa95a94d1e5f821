builtins.tryEval (builtins.findFile [ { path = ./tree; } ] "dangling")
