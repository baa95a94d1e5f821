builtins.readDir ./tree/folder-link
