let x = [ x ]; in builtins.toXML x
