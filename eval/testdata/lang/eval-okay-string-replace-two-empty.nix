builtins.replaceStrings [ "" "" ] [ "1" (throw "not needed") ] "ab"
