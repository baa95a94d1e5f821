builtins.match "*" "x"
