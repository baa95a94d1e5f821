[ (builtins.readFile { outPath = ./tree/file; }) (builtins.readFile { __toString = s: toString ./tree/file; }) ]
