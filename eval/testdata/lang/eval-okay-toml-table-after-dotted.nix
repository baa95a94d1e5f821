builtins.fromTOML ''[fruit]
apple.color = "red"
[fruit.pear]
x = 1
''
