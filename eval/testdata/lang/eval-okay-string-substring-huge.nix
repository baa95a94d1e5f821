[ (builtins.substring 9223372036854775807 1 "x") (builtins.substring 1 9223372036854775807 "xyz") ]
