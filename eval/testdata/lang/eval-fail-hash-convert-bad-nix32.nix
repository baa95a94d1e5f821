builtins.convertHash { hash = "md5:eeeeeeeeeeeeeeeeeeeeeeeeee"; toHashFormat = "sri"; }
