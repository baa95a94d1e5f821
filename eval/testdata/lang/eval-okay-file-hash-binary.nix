builtins.hashFile "sha256" ./tree/binary
