[ (builtins.match "." "ä") (builtins.match ".." "ä") (builtins.match "ä+" "ää") (builtins.match "ä+" "ä") (builtins.match "(ä)+" "ää") (builtins.match "[ä]+" "ä") ]
