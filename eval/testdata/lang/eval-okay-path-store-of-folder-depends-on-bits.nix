"${./tree/script}" == builtins.path { path = ./tree/script; }
