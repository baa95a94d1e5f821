let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
map (a: paths (drv (a // { __contentAddressed = true; }))) [ { } { outputs = [ "out" "dev" ]; } { outputHashMode = "flat"; outputHashAlgo = "sha1"; } { outputHashMode = "recursive"; outputHashAlgo = "sha512"; } ]
