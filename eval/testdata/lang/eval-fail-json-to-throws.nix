builtins.toJSON ({ a = [ (throw "no") ]; })
