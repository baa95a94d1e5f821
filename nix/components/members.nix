# The option `members`: components inside a component.
{
  lib,
  class,
  modules,
  resourceProviderSystem,
}:
let
  inherit (lib) types;
in
lib.mkOption {
  type = types.lazyAttrsOf (
    types.submoduleWith {
      inherit class modules;
      specialArgs = { inherit resourceProviderSystem; };
    }
  );
  default = { };
  visible = "shallow";
  description = ''
    The member components.

    A member is either a resource, when it has a `type` (or a `resourceType`), or a composite, which has
    members of its own.

    ```nix
    members.server = {
      type = providers.local.exec;
      inputs.executable = "nginx";
    };
    members.database = {
      members.primary = { … };
      members.replica = { … };
    };
    ```

    The module argument `members` holds the members of the component that the module belongs to:
    `members.server.outputs.stdout`.
  '';
}
