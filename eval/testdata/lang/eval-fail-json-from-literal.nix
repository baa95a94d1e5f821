builtins.fromJSON ''tru''
