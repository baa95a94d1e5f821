builtins.match "(" (throw "string")
