[ (builtins.isFunction derivation) (builtins.isFunction builtins.derivation) (builtins.isFunction derivationStrict) ]
