builtins.substring 0 (throw "length") (throw "string")
