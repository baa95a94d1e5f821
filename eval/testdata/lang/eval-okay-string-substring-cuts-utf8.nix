builtins.stringLength (builtins.substring 1 1 "ä")
