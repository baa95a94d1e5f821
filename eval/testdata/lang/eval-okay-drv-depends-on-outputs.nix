let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
let a = drv { name = "a"; outputs = [ "out" "dev" "lib" ]; }; in map paths [ (drv { x = a.dev; }) (drv { x = [ a.lib a.dev ]; }) (drv { x = "${a} ${a.dev} ${a.lib}"; }) (drv { x = a.all; }) ]
