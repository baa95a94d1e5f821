[ (builtins.split "aa" "aaaaa") (builtins.split "aba" "ababa") ]
