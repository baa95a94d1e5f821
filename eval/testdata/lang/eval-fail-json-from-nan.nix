builtins.fromJSON ''NaN''
