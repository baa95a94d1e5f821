builtins.match "^*" "x"
