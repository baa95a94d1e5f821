builtins.match "[[:alpha:]" "x"
