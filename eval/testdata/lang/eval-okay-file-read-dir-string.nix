builtins.readDir (toString ./tree/folder + "/../folder/.")
