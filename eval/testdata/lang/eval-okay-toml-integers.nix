builtins.fromTOML ''a = +99
b = -17
c = 1_000
d = 0xDEADbeef
e = 0o755
f = 0b1101
g = 9223372036854775807
h = -9223372036854775808
i = 0
''
