builtins.match "a|*b" "x"
