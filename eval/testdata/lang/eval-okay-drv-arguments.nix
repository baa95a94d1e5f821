let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
map paths [ (drv { args = [ ]; }) (drv { args = [ "-c" "echo \"hi\" > $out\n" ]; }) (drv { args = [ 1 true null ./tree/file [ "a" "b" ] ]; }) ]
