map toString [ 1 (-1) 1.5 1.0e30 0.1 true false null "s" ]
