let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
map (name: (drv { inherit name; }).drvPath) [ "a" "a-1.2" "A_b+c?d=e.f" ".hidden" "1" "-" "a.-b" ]
