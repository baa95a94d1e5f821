builtins.fromJSON ''.5''
