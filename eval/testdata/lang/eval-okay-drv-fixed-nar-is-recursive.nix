let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
let h = { outputHash = "sha256-mOpuTyFvL7S2n/+bOkSELDhobKaF8/VdxIxdP7EQe+Q="; }; in [ (drv (h // { outputHashMode = "nar"; })).outPath (drv (h // { outputHashMode = "recursive"; })).outPath ]
