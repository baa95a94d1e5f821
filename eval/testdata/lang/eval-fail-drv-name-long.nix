builtins.derivationStrict { name = builtins.concatStringsSep "" (builtins.genList (x: "a") 212); builder = "b"; system = "s"; }
