builtins.tryEval (builtins.findFile [ { path = "/nonexistent-entry"; prefix = "a"; } ] "a/b")
