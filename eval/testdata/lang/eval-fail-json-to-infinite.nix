builtins.toJSON ({ a = let y = y; in y; })
