builtins.fromJSON ''"a	b"''
