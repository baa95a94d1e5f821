[ (builtins.match "ab" "abc") (builtins.match "abc" "abc") (builtins.match "a(b)(c)" "abc") (builtins.match "" "") (builtins.match "" "a") (builtins.match ".*" "a\nb") ]
