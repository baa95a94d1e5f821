[ "${ { outPath = "/x/y"; } }" (/a + { outPath = "/x/y"; }) (builtins.typeOf (/a + { outPath = "/x"; })) ]
