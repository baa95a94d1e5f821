map builtins.toPath [ "/a/b" "/a/../b" "/a//b/." "/" /a/b { outPath = "/c/./d"; } { __toString = s: /e/f; } ]
