builtins.match "[[.foo.]]" "x"
