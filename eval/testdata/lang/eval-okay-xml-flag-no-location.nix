{ a = x: x; }
