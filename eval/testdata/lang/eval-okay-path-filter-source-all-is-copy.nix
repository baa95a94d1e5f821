builtins.filterSource (p: t: true) ./tree/folder == "${./tree/folder}"
