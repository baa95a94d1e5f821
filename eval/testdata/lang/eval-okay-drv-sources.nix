let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
map paths [ (drv { src = ./tree; }) (drv { src = "${./tree/file}/x"; }) (drv { a = builtins.toFile "t" "x"; b = builtins.toFile "u" "${builtins.toFile "t" "x"}"; }) ]
