let x = { a = [ 1 2.5 "s" null true { b = { }; } ]; }; in builtins.fromJSON (builtins.toJSON x) == x
