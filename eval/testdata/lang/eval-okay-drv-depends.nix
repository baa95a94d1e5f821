let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
let a = drv { name = "a"; }; b = drv { name = "b"; inherit a; }; c = drv { name = "c"; deps = [ a b ]; x = "${b}/bin"; }; in map paths [ a b c ]
