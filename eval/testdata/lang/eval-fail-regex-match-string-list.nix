builtins.match "a" [ ]
