let at = s: builtins.pathExists (toString ./tree + s); in
map at [
  "" "/" "/." "//" "/file" "/file/" "/file/." "/link/" "/link/." "/folder/" "/folder/." "/folder-link/" "/folder-link/."
  "/dangling" "/dangling/" "/nope/" "/file/.." "/file/../folder/" "/folder/../file" "/folder-link/.." "/loop" "/nope/../file"
]
