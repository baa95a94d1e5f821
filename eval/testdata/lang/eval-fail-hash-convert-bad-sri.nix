builtins.convertHash { hash = "sha256-!!"; toHashFormat = "sri"; }
