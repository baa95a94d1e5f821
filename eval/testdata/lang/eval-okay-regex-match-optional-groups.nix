map (builtins.match "(a)?(b)?(c)?") [ "" "a" "b" "ac" "abc" "d" ]
