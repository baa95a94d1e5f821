builtins.hashFile "sha256" ./tree/file == builtins.hashString "sha256" (builtins.readFile ./tree/file)
