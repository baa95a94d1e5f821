scopedImport [ ] ./tree/scoped.nix
