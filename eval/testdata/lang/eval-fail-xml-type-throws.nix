builtins.toXML ({ type = throw "x"; })
