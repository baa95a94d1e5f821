map (a: builtins.convertHash { hash = builtins.hashString a "x"; hashAlgo = a; toHashFormat = "sri"; }) [ "sha1" "sha512" ]
