let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
let a = drv { }; in [ (a == a) (a == drv { }) (a == drv { x = 1; }) (a == a.out) ((drv { outputs = [ "out" "dev" ]; }).dev == (drv { outputs = [ "out" "dev" ]; }).out) ]
