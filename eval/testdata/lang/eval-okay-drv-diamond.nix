let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
let mk = n: drv { name = "n${toString n}"; deps = if n == 0 then [ ] else [ (mk (n - 1)) (mk (n - 1)).outPath ]; }; in paths (mk 7)
