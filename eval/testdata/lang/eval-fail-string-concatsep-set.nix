builtins.concatStringsSep "," { }
