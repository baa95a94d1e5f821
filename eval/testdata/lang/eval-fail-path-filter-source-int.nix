builtins.filterSource 1 ./tree
