builtins.toJSON ({ outPath = throw "out"; })
