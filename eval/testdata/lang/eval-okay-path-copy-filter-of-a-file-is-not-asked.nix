builtins.path { path = ./tree/file; filter = path: type: throw "never called" ; name = "n"; }
