# The modules that make up a deployment: declarations, and one function that derives the rest.
{
  lib,
  class,
  prefix,
  outputs,
  resourceProviderSystem,
}:
let
  inherit (lib) mkOption types;
  resource = import ../components/resource.nix { inherit lib; };
  pathOf = import ../components/path-of.nix prefix;

  # The outputs of the deployment at a path, in the shape { resources; deployments; }.
  outputsOf = builtins.foldl' (parent: name: parent.deployments.${name} or { }) outputs;

  modules = [
    declarations
    derived
  ];

  optionsOption = mkOption {
    type = types.raw;
    internal = true;
    readOnly = true;
    description = "The options here, for documentation and checks.";
  };

  declarations = {
    _file = "<deployment options>";
    _class = class;
    options = {
      resources = mkOption {
        type = types.lazyAttrsOf (
          types.submoduleWith {
            class = "nixops4Resource";
            specialArgs = { inherit resourceProviderSystem; };
            modules = [
              resourceDeclarations
              resourceDerived
            ];
          }
        );
        default = { };
        description = ''
          The resources of the deployment.

          The module argument `resources` holds their outputs: `resources.NAME.OUTPUT`.
        '';
      };
      deployments = mkOption {
        type = types.lazyAttrsOf (
          types.submoduleWith {
            inherit class modules;
            specialArgs = { inherit resourceProviderSystem; };
          }
        );
        default = { };
        visible = "shallow";
        description = ''
          Deployments inside this one. Which resources such a deployment has can depend on the outputs of
          the resources around it.
        '';
      };
      providers = import ../components/providers.nix { inherit lib resourceProviderSystem; };
      _options = optionsOption;
      _export = mkOption {
        type = types.raw;
        internal = true;
        readOnly = true;
        description = "What the nixops4 program sees of this deployment.";
      };
    };
  };

  derived =
    args@{ config, options, ... }:
    let
      known = outputsOf (pathOf (args._prefix or (lib.init options.providers.loc)));
    in
    {
      _file = "<deployment>";
      _options = options;
      _module.args = {
        resources = lib.mapAttrs (name: _: known.resources.${name} or { }) config.resources;
        deployments = lib.mapAttrs (name: _: known.deployments.${name} or { }) config.deployments;
        providers = import ../components/provider-types.nix { inherit lib; } config.providers;
      };
      _export = {
        resources = lib.mapAttrs (_: r: r._resourceForNixOps) config.resources;
        deployments = lib.mapAttrs (_: d: d._export) config.deployments;
      };
    };

  resourceDeclarations = {
    _file = "<resource options>";
    _class = "nixops4Resource";
    options = resource.options // {
      state = mkOption {
        type = types.nullOr stateType;
        default = null;
        example = lib.literalExpression ''[ "store" ]'';
        description = ''
          The resource that keeps the state of this one: its name, for a resource of the same deployment; or the
          names on the way to it from the outermost deployment on, as a list; or `config.resources.NAME`.
        '';
      };
      _options = optionsOption;
      _resourceForNixOps = mkOption {
        type = types.raw;
        internal = true;
        readOnly = true;
        description = "What the nixops4 program sees of this resource.";
      };
    };
  };

  resourceDerived =
    { config, options, ... }:
    let
      loc = lib.init options.type.loc;
      path = pathOf loc;
      known = outputsOf (lib.init path);
    in
    {
      _file = "<resource>";
      _options = options;
      inherit
        (resource.definitions {
          inherit config options;
          outputs = known.resources.${lib.last path} or { };
        })
        provider
        resourceType
        outputsSkeleton
        requireState
        inputs
        outputs
        ;
      absoluteMemberPath = path;
      _resourceForNixOps = resource.export config options;
    };

  stateType = lib.mkOptionType {
    name = "resource";
    description = "resource name, list of names or resource";
    descriptionClass = "noun";
    check =
      value:
      builtins.isString value
      || builtins.isList value && builtins.all builtins.isString value
      || value ? absoluteMemberPath;
    merge =
      loc: defs:
      let
        value = lib.mergeUniqueOption { message = "A resource reference cannot be merged."; } loc defs;
        # loc ends in "resources" NAME "state".
        deployment = lib.init (pathOf (lib.init loc));
      in
      if builtins.isString value then
        { absoluteMemberPath = deployment ++ [ value ]; }
      else if builtins.isList value then
        { absoluteMemberPath = value; }
      else
        value;
  };
in
modules
