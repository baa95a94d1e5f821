builtins.readFileType ./tree/folder-link/default.nix
