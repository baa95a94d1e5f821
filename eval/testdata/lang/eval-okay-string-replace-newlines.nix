builtins.replaceStrings [ "\n" "\t" ] [ "\\n" " " ] "a\nb\tc\n"
