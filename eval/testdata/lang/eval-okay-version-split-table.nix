map builtins.splitVersion [ "1.2.3" "2.3pre1" "1.2.3pre4-5" "" "." "-.-" "..a1b22" "1.-2" "abc" "1.0rc1+build5" "1_000" "ä1" ]
