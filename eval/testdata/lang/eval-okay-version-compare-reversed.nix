map (x: builtins.compareVersions (builtins.elemAt x 1) (builtins.head x)) [ [ "1.0" "2.3" ] [ "2.3a" "2.3.1" ] [ "2.3pre1" "2.3" ] [ "" "a" ] [ "1" "1.0" ] [ "1-2" "1.2" ] ]
