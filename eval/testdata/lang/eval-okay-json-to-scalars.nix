map builtins.toJSON [ null true false 0 (-1) 9223372036854775807 "" "a" ]
