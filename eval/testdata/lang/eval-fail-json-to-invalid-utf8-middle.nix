builtins.toJSON [ "a" (builtins.substring 1 2 "äb") ]
