builtins.fromTOML ''a = 1
b = "x"
c = true
d = 1.5
''
