builtins.match "(?:a)" "x"
