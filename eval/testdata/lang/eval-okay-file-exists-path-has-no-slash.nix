[ (builtins.pathExists (./tree/file + "/")) (builtins.pathExists (./tree/file + "/.")) ]
