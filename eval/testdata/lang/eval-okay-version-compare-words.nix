map (v: builtins.compareVersions "1.0rc1" v) [ "1.0rc2" "1.0" "1.0a" "1.0pre" "1.0.1" "1.0beta1" "1.0RC1" ]
