builtins.toXML { __toString = _: "x"; a = { outPath = "y"; }; }
