builtins.fromJSON ''"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"''
