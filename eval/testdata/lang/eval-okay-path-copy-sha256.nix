builtins.path { path = ./tree/file; recursive = false; sha256 = builtins.hashFile "sha256" ./tree/file; }
