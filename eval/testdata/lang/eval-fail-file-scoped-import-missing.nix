scopedImport { } ./tree/nope
