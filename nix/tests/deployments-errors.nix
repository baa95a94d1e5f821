# What the author of a deployment is told about mistakes. `error` is a regular expression.
let
  nixops4 = import ./subject;
  inherit (nixops4.lib) rootOf;

  run =
    value:
    (rootOf value).rootFunction {
      resourceProviderSystem = "x86_64-linux";
      outputValues = { };
    };
  default = module: (run { nixops4Deployments.default = module; }).members.default.members;
  local =
    module:
    { ... }:
    {
      imports = [ module ];
      providers.local = nixops4.modules.nixops4Provider.local;
    };
in
{
  "deployments that are no set" = {
    expr = run { nixops4Deployments = 1; };
    error = "nixops4Deployments is of type int, but must be a set of deployments";
  };
  "a deployment that is no module" = {
    expr = (run { nixops4.deployments.x = 1; }).members.x;
    error = "nixops4\\.deployments\\.x is of type int, but a deployment is a module";
  };
  "a resource and a deployment with one name" = {
    expr = default {
      resources.a = { };
      deployments.a = { };
    };
    error = "default has both a resource and a nested deployment named `a'";
  };
  "an unknown option of a resource" = {
    expr =
      (default (
        local (
          { providers, ... }:
          {
            _file = "user.nix";
            resources.f = {
              type = providers.local.file;
              input.name = "n";
            };
          }
        )
      )).f.resource.type;
    error = "The option `nixops4Deployments\\.default\\.resources\\.f\\.input' does not exist\\.[^?]*Did you mean `nixops4Deployments\\.default\\.resources\\.f\\.inputs'";
  };
  "an unknown option of a deployment" = {
    expr = default { resource.f = { }; };
    error = "The option `nixops4Deployments\\.default\\.resource' does not exist";
  };
  "state is missing" = {
    expr =
      (default (
        local (
          { providers, ... }:
          {
            resources.m = {
              type = providers.local.memo;
              inputs.initialize_with = 1;
            };
          }
        )
      )).m.resource.state;
    error = "resources\\.m\\.state has not been defined";
  };
  "state is the outputs of a resource" = {
    expr =
      (default (
        local (
          { providers, resources, ... }:
          {
            resources.store.type = providers.local.state_file;
            resources.store.inputs.name = "s";
            resources.m = {
              type = providers.local.memo;
              inputs.initialize_with = 1;
              state = resources.store;
            };
          }
        )
      )).m.resource.state;
    error = "resources\\.m\\.state' is not of type `null or resource name, list of names or resource'";
  };
  "outputs while looking for providers" = {
    expr =
      ((nixops4.lib.mkDeployment {
        modules = [
          (
            { resources, ... }:
            {
              resources.e = {
                resourceType = "r";
                outputs = { ... }: { options.path = nixops4.lib.std.mkOption { }; };
              };
              providers.p.executable = resources.e.path;
            }
          )
        ];
      }).getProviders
        { system = "x86_64-linux"; }
      ).providers;
    error = "resource information is not available when evaluating a deployment for the purpose of building";
  };
  "a member in a deployment" = {
    expr = default { members.a = { }; };
    error = "The option `nixops4Deployments\\.default\\.members' does not exist";
  };
}
