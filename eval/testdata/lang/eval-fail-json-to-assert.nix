builtins.toJSON ({ a = assert 1 == 2; 1; })
