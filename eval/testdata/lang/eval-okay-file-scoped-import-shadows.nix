scopedImport { import = p: "shadowed"; a = "1"; b = "2"; } ./tree/scoped.nix
