builtins.fromJSON ''[[[[[[[[[[[[1]]]]]]]]]]]]''
