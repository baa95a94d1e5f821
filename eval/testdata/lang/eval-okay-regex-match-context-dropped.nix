builtins.hasContext (builtins.head (builtins.match "(.*)" "${builtins.toFile "a" "b"}"))
