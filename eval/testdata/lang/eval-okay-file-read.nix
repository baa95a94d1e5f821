[ (builtins.readFile ./tree/file) (builtins.readFile ./tree/empty) (builtins.readFile "${toString ./tree}/folder/deep/text") ]
