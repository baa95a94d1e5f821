[ (builtins.replaceStrings [ "o" "oo" ] [ "1" "2" ] "foobar") (builtins.replaceStrings [ "oo" "o" ] [ "2" "1" ] "foobaro") ]
