builtins.replaceStrings [ "ä" "ö" ] [ "ae" "oe" ] "Bär Köln"
