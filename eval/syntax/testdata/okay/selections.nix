a: a.b
---
a: a.b.c."d".${a}."${a}x"
---
a: a.b or 1
---
a: a.b.c or a.d or 2
---
a: a.b or (a.c) a
---
a: a.or
---
with null; a.or or a.or
---
with null; a or
---
with null; a or 1
---
with null; a or 1 2
---
with null; (a or) 1
---
a: a.b or { c = 1; }.c
---
a: (a).b
---
a: "x".b
---
a: [ ].b { }.c
