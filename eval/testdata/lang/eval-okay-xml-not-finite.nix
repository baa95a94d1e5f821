let inf = 1.0e308 * 10; in builtins.toXML [ inf (-inf) (inf - inf) ]
