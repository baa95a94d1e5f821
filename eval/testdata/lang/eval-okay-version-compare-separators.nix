map (v: builtins.compareVersions "1.2" v) [ "1-2" "1..2" ".1.2" "1.2." "1.2-" "1_2" "1+2" ]
