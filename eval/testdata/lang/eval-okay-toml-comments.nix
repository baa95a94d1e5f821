builtins.fromTOML ''# c
a = 1 # d
#
[b] # e
''
