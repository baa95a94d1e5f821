builtins.match "[[:alpha:]-z]" "x"
