[ (builtins.filterSource (p: t: true) ./tree/folder) (builtins.filterSource (p: t: t != "directory") ./tree/folder) (builtins.filterSource (p: t: false) ./tree/folder) ]
