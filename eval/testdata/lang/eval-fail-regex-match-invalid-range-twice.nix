builtins.match "[a-c-e]" "x"
