builtins.hashFile "sha1" ./tree/link-to-link
