toString (builtins.map)
