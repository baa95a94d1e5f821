x: x
---
x: y: z: x y z
---
{ }: 1
---
{ a }: a
---
{ a, }: a
---
{ a, b }: a
---
{ b, a ? b, ... }: a
---
{ b, a ? b, c ? x: x, }: a
---
{ ... }: 1
---
{ }@x: x
---
{ a }@x: x
---
x@{ a, ... }: x
---
x@{ }: x
---
x @ { a ? x } : a
---
{ a ? { b }: b, c ? d: d }: a
---
x: { a.b = x; }
---
x: { a = x; }
---
{ a ? [ { } ] }: { inherit a; }
---
f: f { } { a = 1; } [ ] "x" ''y'' 1 1.5 ./a <b> (f) rec { } f.a or f
---
f: (f 1) 2 (f 3)
---
f: ((f 1) 2) 3
---
f: ({ a }: a) 1
---
_: _'a-b: _
---
x: with x; assert x; let y = x; in if x then y else with x; z
---
x: if x then if x then 1 else 2 else if x then 3 else 4
---
x: assert x; x
---
x: [ (assert x; x) (with x; y) (let in x) (if x then x else x) ]
---
x: (assert x; x) + 1
