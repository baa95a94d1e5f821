builtins.derivationStrict { name = throw "no name"; }
