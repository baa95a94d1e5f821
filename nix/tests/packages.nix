# Filtered sources, sets of files, callPackage and the like. The expressions are those that are compared with nixpkgs' lib, too.
let
  inherit ((import ./subject).lib) std;
  expected = name: builtins.fromJSON (builtins.readFile (./compare + "/${name}.json"));
in
{
  files = {
    expr = import ./compare/files.nix std;
    expected = expected "files";
  };
  packages = {
    expr = import ./compare/packages.nix std;
    expected = expected "packages";
  };
}
