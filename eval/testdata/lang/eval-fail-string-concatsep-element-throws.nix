builtins.concatStringsSep "," [ "a" (throw "element") ]
