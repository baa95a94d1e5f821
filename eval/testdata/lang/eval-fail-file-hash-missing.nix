builtins.hashFile "sha256" ./tree/nope
