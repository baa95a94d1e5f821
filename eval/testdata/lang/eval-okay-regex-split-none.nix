[ (builtins.split "x" "abc") (builtins.split "x" "") ]
