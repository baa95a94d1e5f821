[ http://a.b/c?d=e&f=g a:b git+ssh://x/y x-y.z+w:%20 ]
---
x:x
---
x: x
---
[ (x: x) (x:_x) (x:[ ]) ]
---
a_b: c: [ a_b c ]
---
[ http://a/'b~c*!$ ]
---
{ a = b:c; }
