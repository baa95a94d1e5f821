{ a = 1; a = 2; }
---
{ a.b = 1; a.b = 2; }
---
{ a.b = 1; a = 2; }
---
{ a = 1; a.b = 2; }
---
{ a.b = 1; a.b.c = 2; }
---
{ a = { b = 1; }; a = { b = 2; }; }
---
{ a.b.c = 1; a = { b = { d = 1; c = 2; }; }; }
---
{ a = x: x; a.b = 1; }
---
{ "a b" = 1; "a b" = 2; }
---
{ a."b c".d = 1; a."b c".d = 2; }
---
x: { a.${x} = 1; a = 2; }
---
x: { ${x}.a = 1; ${x}.a = 2; b.${x}.c = { d = 1; d = 2; }; }
---
{ inherit a a; }
---
{ inherit a; a = 1; }
---
{ a = 1; inherit a; }
---
{ inherit (x) a; inherit (y) a; }
---
{ inherit "a b" "a b"; }
---
{ a = { inherit x; }; a.x = 1; }
---
{ a = { inherit (b) x; }; a = { inherit (c) x; }; }
---
let a = 1; a = 2; in a
---
rec { a = 1; a = 2; }
---
let { a = 1; a = 2; }
---
x: let ${x} = 1; in 2
---
x:
  let "${x}" = 1; in 2
---
let ${"x"} = 1; x = 2; in 2
---
x: { inherit ${x}; }
---
x: { inherit "a${x}"; }
---
x: { inherit (x) a ${x}; }
---
{ a, a }: a
---
{ a, b, b, a }: a
---
{ a, b, c }@c: a
---
c@{ a, b, c }: a
---
{ a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a2, a1 }: a1
---
{ a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14 }@a14: a1
---
{
  a1 = 1; a2 = 1; a3 = 1; a4 = 1; a5 = 1; a6 = 1; a7 = 1; a8 = 1; a9 = 1; a10 = 1; a11 = 1; a12 = 1; a13 = 1;
  a14 = 1; a3 = 1;
}
---
{
  a1 = 1; a2 = 1; a3 = 1; a4 = 1; a5 = 1; a6 = 1; a7 = 1; a8 = 1; a9 = 1; a10 = 1; a11 = 1; a12 = 1; a13 = 1;
  a14 = 1; inherit a13;
}
