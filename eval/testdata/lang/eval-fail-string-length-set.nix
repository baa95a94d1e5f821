builtins.stringLength ({ })
