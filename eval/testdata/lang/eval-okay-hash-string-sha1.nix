map (builtins.hashString "sha1") [ "" "abc" "The quick brown fox jumps over the lazy dog" "ä\n" ]
