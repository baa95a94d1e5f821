map builtins.placeholder [ "out" "dev" "lib" "" "a b" "ü" ]
