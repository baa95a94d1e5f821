builtins.match "\\}" "x"
