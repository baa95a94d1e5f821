builtins.replaceStrings [ "a" ] [ (throw "to") ] "abc"
