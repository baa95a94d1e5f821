let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
let a = drv { name = "a"; __contentAddressed = true; outputs = [ "out" "dev" ]; }; b = drv { name = "b"; x = a.dev; }; c = drv { name = "c"; inherit b; }; in map paths [ a b c ]
