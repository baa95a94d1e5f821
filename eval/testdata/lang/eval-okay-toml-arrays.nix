builtins.fromTOML ''a = [1, 2]
b = [[1], ["x"]]
c = [
  1, # one
  2,
]
d = [{ x = 1 }, { y = 2 }]
''
