map (builtins.match "foo|bar|(baz)|") [ "foo" "bar" "baz" "" "qux" ]
