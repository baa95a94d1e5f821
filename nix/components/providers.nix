# The option `providers`: the programs that work on resources.
{ lib, resourceProviderSystem }:
let
  inherit (lib) types;
in
lib.mkOption {
  type = types.lazyAttrsOf (
    types.submoduleWith {
      class = "nixops4Provider";
      specialArgs = { inherit resourceProviderSystem; };
      modules = [ ./provider.nix ];
    }
  );
  default = { };
  example = lib.literalExpression ''
    {
      local = nixops4.modules.nixops4Provider.local;
    }
  '';
  description = ''
    The resource providers to use, by name: a provider is a program that creates, updates and deletes
    resources of certain types.

    The module argument `providers` holds their resource types: `type = providers.local.file;`.
  '';
}
