builtins.toXML ({ type = "derivation"; drvPath = throw "d"; })
