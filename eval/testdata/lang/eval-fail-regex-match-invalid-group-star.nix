builtins.match "(*a)" "x"
