builtins.tryEval <nope>
