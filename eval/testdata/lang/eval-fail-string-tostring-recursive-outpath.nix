let x = { outPath = x; }; in toString x
