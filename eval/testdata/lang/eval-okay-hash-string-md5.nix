map (builtins.hashString "md5") [ "" "abc" "The quick brown fox jumps over the lazy dog" "ä\n" ]
