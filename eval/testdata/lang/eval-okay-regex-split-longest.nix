[ (builtins.split "a|ab|abc" "abcd") (builtins.split "abc|ab|a" "abcd") (builtins.split "(a|ab)(bc)?" "abc") (builtins.split "(a?)(ab)?" "ab") (builtins.split "(a?|())(ab)?" "ab") ]
