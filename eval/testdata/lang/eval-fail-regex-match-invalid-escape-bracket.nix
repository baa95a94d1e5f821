builtins.match "\\]" "x"
