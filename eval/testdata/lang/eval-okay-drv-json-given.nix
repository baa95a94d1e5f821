let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in
map (j: paths (drv { __json = j; })) [ ''{}'' ''{"b": 1, "a": [1.50, 2e3, null, "x"], "c": {"z": 1, "y": 2}}'' ]
