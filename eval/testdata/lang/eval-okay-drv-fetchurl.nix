let f = import <nix/fetchurl.nix>; show = d: [ d.drvPath d.outPath d.name ]; sha256 = "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4"; in map show [
  (f { url = "http://x/y.tar.gz"; inherit sha256; })
  (f { url = "http://x/y.tar.gz"; inherit sha256; name = "n"; system = "ignored"; })
  (f { url = "http://x/y.tar.gz"; inherit sha256; executable = true; })
  (f { url = "http://x/y.tar.gz"; inherit sha256; unpack = true; })
  (f { url = "http://x/y.tar.gz"; sha1 = "55ca6286e3e4f4fba5d0448333fa99fc5a404a73"; })
  (f { url = "http://x/y.tar.gz"; md5 = "764efa883dda1e11db47671c4a3bbd9e"; })
  (f { url = "http://x/y.tar.gz"; hash = "sha256-mOpuTyFvL7S2n/+bOkSELDhobKaF8/VdxIxdP7EQe+Q="; })
  (f { url = "http://x/y.tar.gz"; outputHash = sha256; outputHashAlgo = "sha256"; })
  (f { url = "http://x/y.tar.gz"; })
]
