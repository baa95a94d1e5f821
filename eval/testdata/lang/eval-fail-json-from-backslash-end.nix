builtins.fromJSON ''"\''
