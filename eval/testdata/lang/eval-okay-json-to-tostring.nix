builtins.toJSON { a = { __toString = self: "x${self.y}"; y = "z"; }; b = { outPath = "o"; c = x: x; }; c = { outPath = { outPath = 3; }; }; d = { __toString = _: "s"; outPath = "o"; }; }
