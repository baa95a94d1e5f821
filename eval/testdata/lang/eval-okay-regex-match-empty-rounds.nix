[ (builtins.match "(a*)*" "aa") (builtins.match "(a*)+" "") (builtins.match "(a|())*" "a") (builtins.match "(|a)*" "a") (builtins.match "(|a)*b" "aab") ]
