[ (scopedImport { a = 1; b = 2; } ./tree/scoped.nix) (scopedImport { a = "x"; b = "y"; c = throw "unused"; } ./tree/scoped.nix) ]
