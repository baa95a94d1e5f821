{ type = "derivation"; drvPath = "a" + "b"; outPath = "o"; x = 1; }
