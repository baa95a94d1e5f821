map builtins.toJSON [ { } { a = 1; } { b = 1; a = 2; B = 3; _ = 4; "0" = 5; "a b" = 6; "\"" = 7; "ä" = 8; } ]
