builtins.replaceStrings [ "x" "b" ] [ (throw "not needed") "B" ] "abc"
