builtins.match "\\" "x"
