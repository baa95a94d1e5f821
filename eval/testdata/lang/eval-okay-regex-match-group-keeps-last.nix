[ (builtins.match "((a)|b)*" "ab") (builtins.match "((a)|(b))*" "aab") (builtins.match "(a|(b))*" "ba") ]
