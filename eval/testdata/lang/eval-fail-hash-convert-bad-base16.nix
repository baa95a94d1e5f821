builtins.convertHash { hash = "md5:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"; toHashFormat = "sri"; }
