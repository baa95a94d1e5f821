builtins.convertHash { hash = "MD5:".x or "md5:D41D8CD98F00B204E9800998ECF8427E"; toHashFormat = "base16"; }
