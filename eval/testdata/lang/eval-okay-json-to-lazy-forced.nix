builtins.toJSON (let x = { a = 1 + 1; b = x.a + 1; }; in x)
