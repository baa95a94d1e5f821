builtins.substring (-3) 5 "foobar"
