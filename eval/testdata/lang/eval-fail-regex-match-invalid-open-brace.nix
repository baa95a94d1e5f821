builtins.match "a{" "x"
