builtins.substring 1 "foo" "x"
