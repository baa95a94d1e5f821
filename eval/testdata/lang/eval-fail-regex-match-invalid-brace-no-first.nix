builtins.match "a{,2}" "x"
