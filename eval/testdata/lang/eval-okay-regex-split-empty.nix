[ (builtins.split "" "abc") (builtins.split "" "") (builtins.split "()" "ab") ]
