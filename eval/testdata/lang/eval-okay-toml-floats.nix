builtins.fromTOML ''a = 1.0
b = -0.01
c = 5e+22
d = 1e06
e = -2E-2
f = 6.626e-34
g = 224_617.445_991_228
h = inf
i = -inf
j = nan
''
