map (v: builtins.compareVersions "" v) [ "" "0" "a" "pre" "." "-" "1" ]
