let find = builtins.findFile [ { prefix = "p"; path = ./tree; } { path = ./dir4; } ]; in [ (builtins.readFile (find "p/file")) (import (find "two.nix")) ]
