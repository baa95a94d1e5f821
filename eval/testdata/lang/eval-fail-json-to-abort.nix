builtins.toJSON ([ (abort "x") ])
