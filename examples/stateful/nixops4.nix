# A remembered value: the memo keeps the value that it was created with, whatever becomes of
# `initialize_with`. Change it, apply again, and the file still says the first value.
#
#   nixops4 apply --file examples/stateful/nixops4.nix
#   cat stateful.txt
#   nixops4 state dump store --file examples/stateful/nixops4.nix
let
  nixops4 = import <nixops4> { };
in
nixops4.lib.mkRoot {
  modules = [
    (
      { members, providers, ... }:
      {
        providers.local = nixops4.modules.nixops4Provider.local;

        # Where state is kept. It is a resource like any other.
        members.store = {
          type = providers.local.state_file;
          inputs.name = "stateful-state.json";
        };

        members.codename = {
          type = providers.local.memo;
          state = members.store;
          inputs.initialize_with = "first light";
        };

        members.report = {
          type = providers.local.file;
          inputs.name = "stateful.txt";
          inputs.contents = ''
            codename: ${members.codename.outputs.value}
            kept in: ${members.store.inputs.name}
          '';
        };
      }
    )
  ];
}
