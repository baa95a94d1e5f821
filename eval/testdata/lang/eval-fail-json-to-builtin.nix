builtins.toJSON (builtins.map)
