builtins.stringLength ([ "a" ])
