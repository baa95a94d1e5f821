builtins.fromJSON ''{''
