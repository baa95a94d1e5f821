builtins.fromJSON ''// a''
