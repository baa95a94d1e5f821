builtins.fromJSON ''null''
