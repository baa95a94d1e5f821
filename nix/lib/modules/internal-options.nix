# The options that every evaluation has: `_module.*`.
{ lib }:
let
  inherit (lib) mkOption types;
in
visible: {
  args = mkOption {
    type = types.lazyAttrsOf types.raw;
    ${if visible then null else "internal"} = true;
    description = ''
      More arguments for module functions. Unlike `specialArgs` they can be set by modules and can depend
      on option values, but they are not available in `imports`. Submodules neither inherit them nor pass
      them on; a submodule gets the argument `name`, the attribute name that it is bound to.

      The arguments `lib`, `config`, `options`, `specialArgs` and everything in `specialArgs` are always
      there and cannot be changed with this option.
    '';
  };
  check = mkOption {
    type = types.bool;
    internal = true;
    default = true;
    description = "Whether to check whether all option definitions have matching declarations.";
  };
  freeformType = mkOption {
    type = types.nullOr types.optionType;
    internal = true;
    default = null;
    description = ''
      When set, definitions without an option are merged with this type and combined with the values of the
      declared options. When null, such definitions are an error, unless {option}`_module.check` is off.
    '';
  };
  specialArgs = mkOption {
    readOnly = true;
    internal = true;
    description = ''
      The arguments given from outside of the modules. They can be used in `imports` and cannot be changed.
    '';
  };
}
