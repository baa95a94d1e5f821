builtins.hasContext (builtins.unsafeDiscardStringContext ./tree/file)
