let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
let a = drv { name = "a"; outputs = [ "out" "dev" ]; }; in paths (drv { __structuredAttrs = true; deps = { inherit a; dev = [ a.dev ]; file = "${./tree/file}"; }; })
