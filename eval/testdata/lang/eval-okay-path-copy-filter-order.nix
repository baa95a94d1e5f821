builtins.path { path = ./tree/folder; name = "x"; filter = path: type: builtins.trace "${baseNameOf path} ${type}" true; }
