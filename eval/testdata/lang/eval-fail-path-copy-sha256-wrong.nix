builtins.path { path = ./tree/file; sha256 = builtins.hashFile "sha256" ./tree/file; }
