builtins.fromJSON ''truefalse''
