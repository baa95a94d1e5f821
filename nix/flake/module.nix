# The flake-parts module: declares the option `nixops4`, a component, and makes it the flake's root.
{
  mkRoot,
  mkDeployment,
  componentModule,
  deploymentModule,
}:
{
  config,
  lib,
  options,
  withSystem,
  ...
}:
let
  inherit (lib) mkIf mkOption types;

  # Module functions get the means to use packages for the system that providers run on.
  modulesOf = module: [
    (
      { resourceProviderSystem, ... }:
      {
        _file = ./module.nix;
        _module.args.withResourceProviderSystem = lib.mkDefault (withSystem resourceProviderSystem);
      }
    )
    module
  ];

  # Projects that have only deployments get no empty root, which would hide them.
  hasRoot =
    options.nixops4.highestPrio < (lib.mkOptionDefault null).priority
    || config.nixops4Deployments == { };
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

  options.nixops4Deployments = mkOption {
    type = types.lazyAttrsOf (types.deferredModuleWith { staticModules = [ deploymentModule ]; });
    default = { };
    description = ''
      Deployments, the form that roots had before there was `nixops4`: modules with `resources`.

      They become the flake output `nixops4Deployments` and a check
      `nixops-deployment-providers-NAME` each per system.
    '';
  };

  config = {
    flake = lib.mkMerge [
      (mkIf hasRoot {
        nixops4 = mkRoot {
          prefix = [ "nixops4" ];
          modules = modulesOf config.nixops4;
        };
      })
      (mkIf (config.nixops4Deployments != { }) {
        nixops4Deployments = lib.mapAttrs (
          name: module:
          mkDeployment {
            prefix = [
              "nixops4Deployments"
              name
            ];
            modules = modulesOf module;
          }
        ) config.nixops4Deployments;
      })
    ];

    perSystem =
      { system, ... }:
      {
        checks =
          lib.optionalAttrs hasRoot {
            nixops-providers = config.flake.nixops4.getProviders { inherit system; };
          }
          // lib.mapAttrs' (name: _: {
            name = "nixops-deployment-providers-${name}";
            value = config.flake.nixops4Deployments.${name}.getProviders { inherit system; };
          }) config.nixops4Deployments;
      };
  };
}
