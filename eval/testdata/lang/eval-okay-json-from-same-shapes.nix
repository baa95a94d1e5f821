builtins.fromJSON ''[{"x": 1, "y": 2}, {"y": 3, "x": 4}, {"x": 5, "y": 6}]''
