[ (builtins.substring 1 2 { outPath = "/abc"; }) (builtins.substring 0 2 { __toString = _: "xyz"; }) ]
