[ (builtins.split "a*" "baac") (builtins.split "b*" "abb") (builtins.split "(a*)" "aa") (builtins.split "x*" "ab") ]
