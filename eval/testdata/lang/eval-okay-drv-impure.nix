let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
let a = drv { name = "a"; __impure = true; }; in map paths [ a (drv { x = a; }) (drv { __impure = true; outputs = [ "x" "y" ]; }) ]
