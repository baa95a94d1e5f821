builtins.derivationStrict { name = "d"; builder = ./tree/script; system = "s"; __structuredAttrs = true; }
