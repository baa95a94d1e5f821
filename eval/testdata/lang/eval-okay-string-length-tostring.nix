builtins.stringLength { __toString = _: "abcd"; }
