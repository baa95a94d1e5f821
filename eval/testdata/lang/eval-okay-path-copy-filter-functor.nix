builtins.path { path = ./tree/folder; name = "x"; filter = { __functor = self: path: type: type == "regular"; }; }
