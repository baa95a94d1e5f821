builtins.fromJSON "\"a${builtins.substring 0 1 "ä"}"
