let r = builtins.tryEval { x = import ./tree/nope; }; in r.success
