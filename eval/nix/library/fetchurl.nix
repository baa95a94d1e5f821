# <nix/fetchurl.nix>: a derivation that downloads a file and that Nix builds by itself.
#
# The hash is given as `hash` (SRI) or under the name of its algorithm. `unpack` unpacks an archive, `executable` sets
# the execute bit, `impure` needs no hash. `system` is accepted and not used.
args@{
  url,
  name ? baseNameOf (toString url),
  hash ? "",
  md5 ? "",
  sha1 ? "",
  sha256 ? "",
  sha512 ? "",
  outputHash ? null,
  outputHashAlgo ? null,
  executable ? false,
  unpack ? false,
  impure ? false,
  system ? "",
}:

let
  choice = algorithm: value: { inherit algorithm value; };

  chosen = builtins.head (
    builtins.filter (c: c.value != "") [
      (choice "" hash)
      (choice "sha512" sha512)
      (choice "sha1" sha1)
      (choice "md5" md5)
    ]
    ++ [ (choice "sha256" sha256) ]
  );

  # What the builder may read of the environment. It has no effect on Nix's own downloads and belongs to the derivation
  # all the same.
  proxies = [
    "http_proxy"
    "https_proxy"
    "ftp_proxy"
    "all_proxy"
    "no_proxy"
  ];

  content =
    if impure then
      { __impure = true; }
    else
      {
        outputHash = args.outputHash or chosen.value;
        outputHashAlgo = args.outputHashAlgo or chosen.algorithm;
      };
in
derivation (
  {
    inherit
      name
      url
      executable
      unpack
      ;
    builder = "builtin:fetchurl";
    system = "builtin";
    urls = [ url ];
    outputHashMode = if unpack || executable then "recursive" else "flat";
    preferLocalBuild = true;
    impureEnvVars = proxies;
  }
  // content
)
