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
  inherit (lib) types;
  resource = import ./resource.nix { inherit lib; };

  pathOf = import ./path-of.nix prefix;

  # Missing sets on the way stand for resources that the program does not know yet.
  outputsAt = builtins.foldl' (outputs: name: outputs.${name} or { }) outputValues;

  scriptType = types.addCheck types.path (path: lib.hasSuffix ".star" (toString path));

  operationType = types.submoduleWith {
    shorthandOnlyDefinesConfig = true;
    modules = [
      {
        options = {
          script = lib.mkOption {
            type = types.path;
            example = lib.literalExpression "./backup.star";
            description = "The script that declares the operation.";
          };
          operation = lib.mkOption {
            type = types.str;
            default = "";
            description = ''
              The name of the operation in the script. By default it is the name of this option or, when
              the script has no such operation, the only one that it has.
            '';
          };
          params = lib.mkOption {
            type = types.attrsOf types.anything;
            default = { };
            example = {
              keep = 7;
            };
            description = "Defaults of the operation's parameters.";
          };
          fixed = lib.mkOption {
            type = types.attrsOf types.anything;
            default = { };
            description = "Values of parameters that cannot be given on the command line.";
          };
        };
      }
    ];
  };

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
      operations = lib.mkOption {
        # ./backup.star is short for { script = ./backup.star; }.
        type = types.attrsOf (types.coercedTo scriptType (script: { inherit script; }) operationType);
        default = { };
        description = ''
          Operations on this component: `nixops4 run PATH.NAME`.
        '';
      };
      _options = lib.mkOption {
        type = types.raw;
        internal = true;
        readOnly = true;
        description = "The options of this component, for documentation and checks.";
      };
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
      isResource = options.resourceType.isDefined;
    in
    {
      _file = "<component>";
      _options = options;
      _module.args = {
        inherit (config) members;
        providers = import ./provider-types.nix { inherit lib; } config.providers;
      };

      inherit
        (resource.definitions {
          inherit config options;
          outputs = outputsAt path;
        })
        provider
        resourceType
        outputsSkeleton
        requireState
        inputs
        outputs
        ;

      absoluteMemberPath =
        if isResource then
          path
        else
          throw "${
            if loc == [ ] then "the root" else lib.showOption loc
          } is not a resource but a composite component, so it cannot be referred to as one";

      # Operations are optional for the program, so they are named only where there are some.
      _export = lib.optionalAttrs (config.operations != { }) {
        operations = lib.mapAttrs (_: operation: {
          inherit (operation) operation params fixed;
          script = toString operation.script;
        }) config.operations;
      }
      // (
        if isResource then
          { resource = resource.export config options; }
        else
          {
            members = lib.mapAttrs (_: member: member._export) config.members;
          }
          // resource.exportComposite loc config options
      );
    };
in
modules
