builtins.mapAttrs (_: builtins.typeOf) (builtins.fromTOML "a = 1\nb = 1.0\nc = 'x'\nd = []\ne = {}\nf = false")
