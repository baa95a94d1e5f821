map (builtins.substring 1 1) [ "abc" "d" "xyz" ]
