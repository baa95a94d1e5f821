map (v: builtins.compareVersions "1.02" v) [ "1.2" "1.002" "1.3" "1.20" ]
