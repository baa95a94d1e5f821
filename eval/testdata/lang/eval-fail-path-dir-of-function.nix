dirOf (x: x)
