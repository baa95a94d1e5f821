let x = "c"; y = "d/e"; in [ /a/${x} /a/${x}/b /a-${x} /${y}/f /a/${x}${y} /a/b.${x}.nix ]
