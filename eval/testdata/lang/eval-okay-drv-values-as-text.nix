let paths = d: { inherit (d) drvPath; outs = map (o: o.outPath) d.all; }; base = { name = "d"; builder = "/bin/sh"; system = "x86_64-linux"; }; drv = more: derivation (base // more); in

map paths [
  (drv { a = "text"; }) (drv { a = 1; }) (drv { a = -1; }) (drv { a = 1.5; }) (drv { a = true; }) (drv { a = false; }) (drv { a = null; })
  (drv { a = [ ]; }) (drv { a = [ 1 "two" [ 3 [ ] [ 4 ] ] null true ]; }) (drv { a = { outPath = "/x"; }; }) (drv { a = { __toString = s: "y"; }; })
  (drv { a = ./tree/file; }) (drv { a = [ ./tree/file ./tree/folder ]; }) (drv { a = toString /x; })
]
