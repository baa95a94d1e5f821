builtins.match "(a)\\1" "x"
