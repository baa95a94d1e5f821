builtins.convertHash { hash = 3; toHashFormat = "sri"; }
