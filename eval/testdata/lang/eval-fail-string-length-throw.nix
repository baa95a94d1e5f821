builtins.stringLength (throw "no")
