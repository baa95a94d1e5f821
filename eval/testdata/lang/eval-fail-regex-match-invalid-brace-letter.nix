builtins.match "a{x}" "x"
