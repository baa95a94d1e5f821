builtins.substring (throw "start") (throw "length") (throw "string")
