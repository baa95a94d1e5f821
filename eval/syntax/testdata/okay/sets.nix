{ }
---
rec { }
---
{ b = 1; a = 2; }
---
rec { a = b; b = 1; inherit (a) c; }
---
a: b: g: { inherit a b; inherit (a) c "d" "e f" or; inherit; inherit (b); inherit "g"; }
---
a: b: { inherit (b) y x; inherit (a) z; c = 1; inherit (b) w; }
---
a: { ${a} = 1; "${a}b" = 2; ${"c"} = 3; "d" = 4; "${"e"}" = 5; ${''f''} = 6; ${("g")} = 7; }
---
{ a.b.c = 1; a.b.d = 2; a.e = 3; }
---
{ a = { b = 1; }; a.c = 2; }
---
{ a.c = 2; a = { b = 1; }; }
---
{ a = { b = 1; }; a = { c = 2; }; }
---
{ a = ({ b = 1; }); a.c = 2; }
---
{ a = rec { b = 1; c = b; }; a.d = 2; }
---
{ a.d = 2; a = rec { b = 1; }; }
---
{ a = { b.c = 1; }; a = { b = { d = 2; }; }; a.b.e = 3; }
---
x: { a = { ${x} = 1; inherit (x) b; }; a = { inherit (x) c; inherit x; ${x} = 2; }; }
---
x: { a.${x}.b = 1; a.${x}.c = 2; ${x}.d.e = 3; }
---
{ a.b.inherit' = 1; a."inherit" = 2; }
---
{ or = { c = 1; }; a.or = 2; or.b = 3; }.or
---
let a.b = 1; a.c = 2; in a
---
let inherit (builtins) map; in map
---
let in 1
---
let { body = 1; }
---
let { a = b; b.c = 1; body = a; } 
---
a: [ let { body = a; } rec { b = 1; } { } ]
---
a: a let { body = 1; } rec { } { }
---
{ a = x: y: z: x; b.c = { d }: { e }: d; ${"f"} = x: x; }
---
{ __curPos = __curPos; }
