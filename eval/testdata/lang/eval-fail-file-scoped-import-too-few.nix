scopedImport { a = 1; } ./tree/scoped.nix
