builtins.fromTOML ''[[a]]
x = 1
[[a]]
[[a.b]]
y = 1
[a.c]
z = 2
''
