builtins.fromJSON ''"\u0000"''
