map (builtins.hashString "sha512") [ "" "abc" "The quick brown fox jumps over the lazy dog" "ä\n" ]
