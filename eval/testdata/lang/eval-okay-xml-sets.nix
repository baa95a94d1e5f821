builtins.toXML { b = 1; a = { }; "<&>" = [ ]; _ = { c = { d = null; }; }; }
