builtins.toXML ([ (assert false; 1) ])
