builtins.match "[]" "x"
