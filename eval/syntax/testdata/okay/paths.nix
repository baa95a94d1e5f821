[ ./a ../a ./. .../a ./a/b.c /a /a/b ./a-b_c+d ]
---
[ a/b a.b/c a-b/c 1/2 -a/b +a/b _/a 1.5/2 a/b/c ]
---
[ ./a/../b /a/../../b ./a/./b /. /.. ]
---
[ <nixpkgs> <a/b.c> <a-b_c+d/e> ]
---
x: [ ./a/${x} ./a/${x}/b ./${x} ./a${x}b/c${x} /${x} a/${x} ./a${x} ./a/b${x}.nix ]
---
x: ./a/${x}//b
---
x: ./a/${"b"}/c + "/d"
---
x: [ ./a/${{ b = "c"; }.b}/d ]
---
x: <a> x
---
a: b: a.b/c
---
a: b: a + /b
---
a: b: a/ b
---
a: b: a /b
---
a: b: a / b
---
a: b: a<b
---
a: b: [ (a <b> a) (a < b) ]
---
a: b: a<b>
---
a: b: (a //b)
---
a: b: a++/b
---
a: b: a ++ /b
