[ (import ./tree/folder-link) (import ./tree/folder-link/default.nix) ]
