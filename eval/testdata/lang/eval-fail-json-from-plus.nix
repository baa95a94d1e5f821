builtins.fromJSON ''+1''
