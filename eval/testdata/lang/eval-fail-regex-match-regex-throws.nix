builtins.match (throw "regex") (throw "string")
