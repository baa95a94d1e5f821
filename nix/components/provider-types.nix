# The module argument `providers`: `PROVIDER.TYPE`, each a value for the option `type` of a resource.
#
# The types of the inputs and outputs are made here, once for all resources that use them.
{ lib }:
let
  inherit (import ./resource.nix { inherit lib; }) submodulesOf;

  # `_type` gives a clear error when such a value ends up in `imports`.
  asValue =
    _: type:
    type
    // {
      _type = "nixops4ResourceType";
      _submodules = submodulesOf type;
    };
in
lib.mapAttrs (_: provider: lib.mapAttrs asValue provider.resourceTypes)
