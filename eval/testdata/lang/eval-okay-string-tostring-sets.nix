map toString [ { outPath = "x"; } { outPath = { outPath = 5; }; } { __toString = self: self.a + 1; a = 2; } { __toString = _: { __toString = _: "deep"; }; } { __toString = _: "s"; outPath = "o"; } ]
