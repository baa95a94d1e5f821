builtins.toJSON ({ __toString = _: throw "x"; })
