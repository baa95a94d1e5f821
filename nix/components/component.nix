# The modules that make up a component: the declarations of its options, and one function that
# derives the rest from them.
#
# The declarations are a plain set and the same for every component of a root, which lets the module
# system prepare them once. What differs between components (path, outputs) is found from the place
# where a component is mounted: prefix ++ [ "members" NAME "members" NAME … ].
{
  lib,
  class,
  prefix,
  outputValues,
  resourceProviderSystem,
}:
let
  inherit (lib) mkIf types;
  resource = import ./resource.nix { inherit lib; };

  depth = builtins.length prefix;

  # The names on the way from the root to the component mounted at `loc`.
  pathOf =
    loc:
    builtins.genList (n: builtins.elemAt loc (depth + 2 * n + 1)) ((builtins.length loc - depth) / 2);

  # Missing sets on the way stand for resources that the program does not know yet.
  outputsAt = builtins.foldl' (outputs: name: outputs.${name} or { }) outputValues;

  modules = [
    declarations
    derived
  ];

  declarations = {
    _file = "<component options>";
    _class = class;
    options = resource.options // {
      members = import ./members.nix {
        inherit
          class
          lib
          modules
          resourceProviderSystem
          ;
      };
      providers = import ./providers.nix { inherit lib resourceProviderSystem; };
      _export = lib.mkOption {
        type = types.raw;
        internal = true;
        readOnly = true;
        description = "What the nixops4 program sees of this component.";
      };
    };
  };

  derived =
    args@{ config, options, ... }:
    let
      loc = args._prefix or (lib.init options.type.loc);
      path = pathOf loc;
      hasType = options.type.isDefined;
      isResource = options.resourceType.isDefined;
      # Where the type is only a name, it brings nothing else.
      ofType = mkIf (hasType && !(builtins.isString config.type));
    in
    {
      _file = "<component>";
      _module.args = {
        inherit (config) members;
        providers = import ./provider-types.nix { inherit lib; } config.providers;
      };

      provider = ofType { inherit (config.type.provider) args executable; };
      resourceType = mkIf hasType (config.type.type or config.type);
      outputsSkeleton = ofType config.type.outputsSkeleton;
      requireState = ofType config.type.requireState;
      inputs = ofType (resource.moduleOfType "inputs" config.type);
      outputs = lib.mkMerge [
        (ofType (resource.moduleOfType "outputs" config.type))
        (mkIf isResource (resource.outputsModule (outputsAt path)))
      ];

      absoluteMemberPath =
        if isResource then
          path
        else
          throw "${
            if loc == [ ] then "the root" else lib.showOption loc
          } is not a resource but a composite component, so it cannot be referred to as one";

      _export =
        if isResource then
          { resource = resource.export config options; }
        else
          { members = lib.mapAttrs (_: member: member._export) config.members; };
    };
in
modules
