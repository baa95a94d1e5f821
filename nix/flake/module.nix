# The flake-parts module: declares the option `nixops4`, a component, and makes it the flake's root.
{ mkRoot, componentModule }:
{
  config,
  lib,
  withSystem,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  options.nixops4 = mkOption {
    type = types.deferredModuleWith { staticModules = [ componentModule ]; };
    default = { };
    description = ''
      The root component.

      It becomes the flake output `nixops4`, which the nixops4 program finds by itself, and a check
      `nixops-providers` per system, which builds the providers that the root uses.

      Beside the arguments that every component gets, its module functions get
      `withResourceProviderSystem`: flake-parts' `withSystem` for the system that providers run on.
    '';
  };

  config = {
    flake.nixops4 = mkRoot {
      prefix = [ "nixops4" ];
      modules = [
        (
          { resourceProviderSystem, ... }:
          {
            _file = ./module.nix;
            _module.args.withResourceProviderSystem = lib.mkDefault (withSystem resourceProviderSystem);
          }
        )
        config.nixops4
      ];
    };

    perSystem =
      { system, ... }:
      {
        checks.nixops-providers = config.flake.nixops4.getProviders { inherit system; };
      };
  };
}
