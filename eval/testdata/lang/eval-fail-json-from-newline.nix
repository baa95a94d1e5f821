builtins.fromJSON ''["a
b"]''
