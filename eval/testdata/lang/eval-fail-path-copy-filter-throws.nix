builtins.path { path = ./tree/folder; filter = p: t: throw "no"; }
