builtins.match "+a" "x"
