builtins.toXML { type = "derivation"; drvPath = "d"; self = { type = "derivation"; drvPath = "d"; outPath = "o"; }; }
