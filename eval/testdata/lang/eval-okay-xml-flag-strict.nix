rec { a = 1 + 1; b = [ 1.5 "x" ]; c = { type = "derivation"; drvPath = "a" + "b"; }; }
