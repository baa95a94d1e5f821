map (builtins.hashString "sha256") [ "" "abc" "The quick brown fox jumps over the lazy dog" "ä\n" ]
