map baseNameOf [
  "" "/" "//" "a" "a/" "a//" "/a/b" "/a/b/" "a b/c d" "." ".." "./x" "x.nix/" "/.hidden" "///x///"
  /a/b /. /a/../b
  { outPath = "/from/outPath"; }
  { __toString = self: self.p + "/x"; p = "/from/toString"; }
]
