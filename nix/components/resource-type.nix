# A resource type: what all resources of one kind have in common. It is known without any resource.
{
  config,
  lib,
  name,
  provider,
  ...
}:
let
  inherit (lib) mkOption types;
  fromProvider = lib.literalMD "inherited from the provider";
in
{
  _class = "nixops4ResourceType";

  options = {
    description = mkOption {
      type = types.str;
      description = "What a resource of this type stands for.";
    };
    type = mkOption {
      type = types.str;
      defaultText = lib.literalMD "the attribute name";
      description = ''
        The name by which the provider knows this type. Set it only where an older name must go on being
        understood.
      '';
    };
    provider.executable = mkOption {
      type = types.str;
      default = provider.executable;
      defaultText = fromProvider;
      description = "The `provider.executable` of resources of this type.";
    };
    provider.args = mkOption {
      type = types.listOf types.str;
      default = provider.args;
      defaultText = fromProvider;
      description = "The `provider.args` of resources of this type.";
    };
    provider.type = mkOption {
      type = types.str;
      default = provider.type;
      defaultText = fromProvider;
      description = "The `provider.type` of resources of this type.";
    };
    inputs = mkOption {
      type = types.deferredModule;
      description = "A module that declares the inputs as its options.";
    };
    outputs = mkOption {
      type = types.deferredModule;
      description = "A module that declares the outputs as its options.";
    };
    outputsSkeleton = mkOption {
      type = (import ./resource.nix { inherit lib; }).skeletonType;
      internal = true;
      defaultText = lib.literalMD "the options of `outputs`";
      description = "The names of the outputs; the values of the attributes are empty sets.";
    };
    methods = mkOption {
      type = types.attrsOf (
        types.submoduleWith {
          shorthandOnlyDefinesConfig = true;
          modules = [
            {
              options = {
                description = mkOption {
                  type = types.str;
                  default = "";
                  description = "What the method does.";
                };
                arguments = mkOption {
                  type = types.deferredModule;
                  default = { };
                  description = "A module that declares the arguments as its options.";
                };
                result = mkOption {
                  type = types.str;
                  default = "";
                  description = "What the method returns.";
                };
              };
            }
          ];
        }
      );
      default = { };
      description = ''
        Further operations of the provider on a resource, which `nixops4 run PATH.METHOD` calls.
      '';
    };
    requireState = mkOption {
      type = types.bool;
      description = "Whether a resource of this type needs a state provider.";
    };
    replaceOnChange = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = ''
        The names of inputs that cannot be changed in place: when one of them changes, the resource is
        replaced.
      '';
    };
    sensitiveOutputs = mkOption {
      type = types.listOf types.str;
      defaultText = lib.literalMD "the options of `outputs` that have `sensitive = true`";
      example = [ "password" ];
      description = ''
        The names of outputs that are secrets. They print as `(sensitive)`, and so does what is made from
        them; the Nix store does not take them in.

        Instead, an option can say so itself: `outputs.options.password = mkOption { … } // { sensitive =
        true; };`.
      '';
    };
  };

  config =
    let
      outputs = removeAttrs (lib.evalModules { modules = [ config.outputs ]; }).options [ "_module" ];
    in
    {
      type = lib.mkDefault name;
      outputsSkeleton = lib.mapAttrs (_: _: { }) outputs;
      sensitiveOutputs = builtins.filter (name: outputs.${name}.sensitive or false) (
        builtins.attrNames outputs
      );
    };
}
