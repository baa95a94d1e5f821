map builtins.parseDrvName [ "nix-0.12pre12876" "a-b-c-1234pre5+git" "hello" "" "-1" "a-" "a--1" "a-1-2" "a-b" "a-B1" "a_1" "firefox-unwrapped-115.0esr" "x-é" "a-.b" ]
