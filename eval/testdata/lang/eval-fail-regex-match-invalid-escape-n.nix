builtins.match "\\n" "x"
