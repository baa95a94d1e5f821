builtins.stringLength (builtins.toString ./a) > 2
