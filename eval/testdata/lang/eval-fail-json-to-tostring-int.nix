builtins.toJSON ({ __toString = _: 1; })
