builtins.match "(?=a)" "x"
