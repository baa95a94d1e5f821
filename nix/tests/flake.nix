# The flake-parts module, in a flake-parts that is only its options.
let
  nixops4 = import ./subject;
  inherit (nixops4.lib) std;
  inherit (std) mkOption types;

  flakeOf =
    modules:
    (std.evalModules {
      class = "flake";
      specialArgs.withSystem = system: f: f { inherit system; };
      modules = [
        {
          options.flake = mkOption { type = types.lazyAttrsOf types.raw; };
          options.perSystem = mkOption { type = types.functionTo types.raw; };
        }
        nixops4.modules.flake.default
      ]
      ++ modules;
    }).config;

  config = flakeOf [
    (
      { ... }:
      {
        nixops4 =
          { providers, withResourceProviderSystem, ... }:
          {
            imports = [ nixops4.modules.nixops4Component.default ];
            providers.local = nixops4.modules.nixops4Provider.local;
            members.f = {
              type = providers.local.file;
              inputs.name = withResourceProviderSystem ({ system }: "file-${system}");
              inputs.contents = "";
            };
          };
      }
    )
    { nixops4.members.g.members = { }; }
  ];
  world = {
    resourceProviderSystem = "x86_64-linux";
    outputValues = { };
  };
in
{
  "root" = {
    expr =
      let
        inherit (config.flake.nixops4.rootFunction world) members;
      in
      {
        inherit (config.flake.nixops4) _type;
        names = builtins.attrNames members;
        inherit (members.f.resource.inputs) name;
      };
    expected = {
      _type = "nixops4Component";
      names = [
        "f"
        "g"
      ];
      name = "file-x86_64-linux";
    };
  };
  "check" = {
    expr = builtins.fromJSON
      (config.perSystem { system = "x86_64-linux"; }).checks.nixops-providers.providers;
    expected.local = {
      executable = "builtin:local";
      args = [ ];
    };
  };
  "deployments" = {
    expr =
      let
        config = flakeOf [
          {
            nixops4Deployments.default =
              { providers, withResourceProviderSystem, ... }:
              {
                imports = [ nixops4.modules.nixops4Deployment.default ];
                providers.local = nixops4.modules.nixops4Provider.local;
                resources.f = {
                  type = providers.local.file;
                  inputs.name = withResourceProviderSystem ({ system }: "file-${system}");
                  inputs.contents = "";
                };
              };
          }
        ];
        root = nixops4.lib.rootOf config.flake;
      in
      {
        outputs = builtins.attrNames config.flake;
        checks = builtins.attrNames (config.perSystem { system = "x86_64-linux"; }).checks;
        inherit ((root.rootFunction world).members.default.members.f.resource.inputs) name;
      };
    expected = {
      outputs = [ "nixops4Deployments" ];
      checks = [ "nixops-deployment-providers-default" ];
      name = "file-x86_64-linux";
    };
  };
}
