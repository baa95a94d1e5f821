builtins.concatStringsSep "/" [ "a" { outPath = "b"; } { __toString = self: self.x; x = "c"; } ]
