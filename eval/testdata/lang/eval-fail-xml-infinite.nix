builtins.toXML ({ a = let y = y; in y; })
