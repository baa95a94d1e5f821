builtins.derivationStrict { name = builtins.concatStringsSep "" (builtins.genList (x: "a") 208); builder = "b"; system = "s"; }
