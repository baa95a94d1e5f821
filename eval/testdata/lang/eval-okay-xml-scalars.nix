builtins.toXML [ 1 (-1) 1.5 1.0e30 true false null "s" ./a ]
