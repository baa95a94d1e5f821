{ a = 1 + 1; b = { c, d ? 1, ... }@e: c; f = x: x; type = "x"; }
