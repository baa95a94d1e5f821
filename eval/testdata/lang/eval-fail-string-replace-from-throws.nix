builtins.replaceStrings [ (throw "from") ] [ "b" ] "x"
