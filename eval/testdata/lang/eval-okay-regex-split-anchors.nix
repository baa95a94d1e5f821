[ (builtins.split "^" "abc") (builtins.split "$" "abc") (builtins.split "^a" "aaa") (builtins.split "a$" "aaa") (builtins.split "^|b" "abab") ]
