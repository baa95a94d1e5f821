builtins.substring "foo" 1 "x"
