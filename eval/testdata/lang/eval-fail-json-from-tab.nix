builtins.fromJSON (builtins.replaceStrings [ "T" ] [ "\t" ] ''"aTb"'')
