builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; a = assert false; 1; }
