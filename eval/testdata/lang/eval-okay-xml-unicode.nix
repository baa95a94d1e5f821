builtins.toXML "ä日本"
