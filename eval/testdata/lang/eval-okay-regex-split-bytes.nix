[ (builtins.split "ä" "aäb") (builtins.split "([äö])" "xäy" != [ ]) ]
