# Deployments: the form in which roots were written before there were members.
#
# A deployment is a module with `resources`, `deployments` and `providers`. Its functions get the outputs of
# its resources as the argument `resources`: `resources.NAME.OUTPUT`. For the program each deployment is a
# component whose members are its resources and nested deployments.
{ lib }:
let
  class = "nixops4Deployment";

  # Evaluates deployment modules. The second argument is what the program knows: the system that
  # providers run on, and the outputs of resources in the shape of a deployment.
  evalDeployment =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    {
      resourceProviderSystem,
      resources,
      deployments,
      ...
    }:
    lib.evalModules {
      inherit class prefix;
      specialArgs = specialArgs // {
        inherit resourceProviderSystem;
      };
      modules =
        import ./deployment.nix {
          inherit
            class
            lib
            prefix
            resourceProviderSystem
            ;
          outputs = { inherit deployments resources; };
        }
        ++ modules;
    };

  unknown =
    what: throw "${what} is not available when evaluating a deployment for the purpose of building the providers ahead of time.";

  # A deployment from a list of modules; the arguments are those of mkRoot.
  mkDeployment = spec: {
    _type = class;
    # From { resourceProviderSystem; resources; deployments; } to { resources; deployments; }.
    deploymentFunction = world: (evalDeployment spec world).config._export;
    # For documentation and checks.
    configurationFunction = evalDeployment spec;
    getProviders =
      { system }:
      let
        inherit
          (evalDeployment spec {
            resourceProviderSystem = system;
            resources = unknown "resource information";
            deployments = unknown "sub-deployment information";
          })
          config
          ;
      in
      import ../components/providers-derivation.nix {
        name = "nixops-deployment-providers";
        inherit system;
        providers = lib.mapAttrs (_: provider: { inherit (provider) args executable; }) config.providers;
      }
      // {
        inherit config;
      };
  };
in
{
  inherit evalDeployment mkDeployment;
  rootOf = import ./root-of.nix { inherit lib mkDeployment; };
}
