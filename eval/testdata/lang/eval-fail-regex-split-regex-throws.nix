builtins.split (throw "regex") (throw "string")
