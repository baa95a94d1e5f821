import (builtins.findFile [ { path = "lang/dir4"; prefix = ""; } ] "two.nix")
