builtins.convertHash { hash = "sha256-aaaa"; toHashFormat = "sri"; }
