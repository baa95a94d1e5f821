map dirOf [
  "" "/" "//" "a" "a/" "a//" "/a" "/a/b" "/a/b/" "a b/c d" "." "..//x"
  /a/b/c /a /. /a/../b/c
  { outPath = "/from/outPath"; }
]
