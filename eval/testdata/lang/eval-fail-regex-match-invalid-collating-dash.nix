builtins.match "[[.-.]]" "x"
