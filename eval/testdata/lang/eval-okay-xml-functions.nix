builtins.toXML [ (x: x) ({ a, b ? 1 }: a) ({ b, a, ... }: a) ({ ... }@all: all) (all@{ z, y }: z) ({ }: 1) ((a: b: c: a) 1) ((a: { b }: c: a) 1) builtins.map (builtins.map 1) ]
