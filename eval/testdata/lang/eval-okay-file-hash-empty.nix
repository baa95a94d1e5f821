builtins.hashFile "sha256" ./tree/empty
