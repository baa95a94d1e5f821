a: b: c: a + b * c - a / b
---
a: b: c: a - b - c
---
a: b: c: a ++ b ++ c
---
a: b: c: a // b // c
---
a: b: c: a -> b -> c
---
a: b: c: a || b && c || a
---
a: b: c: a == b && b != c || !a == b
---
a: b: c: a < b == (b > c)
---
a: b: c: [ (a <= b) (a >= b) (a < b) (a > b) ]
---
a: b: !a ? b
---
a: b: -a ? b
---
a: b: - - a - -b
---
a: b: !a + b
---
a: b: c: a * !b + c
---
a: b: c: a ++ !b + c == a
---
a: b: c: !a // b
---
a: b: !!a
---
a: b: -!a + b
---
a: b: a ? b ? c
---
a: b: a ? b.c."d".${b}."${b}e"
---
a: b: a + b + "c" + a
---
a: b: (a - b) a
---
a: b: (a < b) a
---
a: b: (a <= b) a
---
a: b: (- a) b
---
a: b: (a + b) a
---
a: b: - a b
---
a: b: a (- b)
---
a: b: c: a -> b || c -> a // b
---
a: b: a // b == b // a
---
a: b: a ++ b == b ++ a
---
a: b: a * b ++ a
---
a: b: a == b -> a != b
---
a: b: (a: a) + 1
---
a: b: 1 + 2 * (3 - a.b or 4) / a b
