map (builtins.match "((a+)(b*))*") [ "" "a" "ab" "aabab" "aba" "b" ]
