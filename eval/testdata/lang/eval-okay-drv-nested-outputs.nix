let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
let d = drv { outputs = [ "out" "dev" "doc" ]; }; in [ (d.dev.out.doc.outPath == d.doc.outPath) d.outputName d.dev.outputName (map (o: o.outputName) d.all) d.type (d.drvAttrs ? type) ]
