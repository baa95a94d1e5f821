builtins.replaceStrings [ "abc" ] [ "" ] "abcabc"
