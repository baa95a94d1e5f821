builtins.toJSON (./does-not-exist)
