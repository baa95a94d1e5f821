# The data model of the deployment: which customers there are.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.customers = mkOption {
    type = types.attrsOf (types.submodule ./customer.nix);
    description = "Who is served.";
  };
}
