builtins.match ")" "x"
