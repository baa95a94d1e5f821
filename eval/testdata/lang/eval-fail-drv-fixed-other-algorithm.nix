builtins.derivationStrict { name = "d"; builder = "b"; system = "s"; outputHash = "sha256-mOpuTyFvL7S2n/+bOkSELDhobKaF8/VdxIxdP7EQe+Q="; outputHashAlgo = "sha1"; }
