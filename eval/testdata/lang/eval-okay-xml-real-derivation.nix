builtins.toXML (builtins.removeAttrs (derivation { name = "a"; builder = "b"; system = "c"; }) [ "drvAttrs" "all" "out" ])
