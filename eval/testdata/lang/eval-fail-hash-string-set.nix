builtins.hashString "md5" { }
