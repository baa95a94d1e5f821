builtins.fromJSON ''"a"''
