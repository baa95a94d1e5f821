builtins.hashString (throw "type") (throw "string")
