# A root of any size, for measuring: `n` memos, `n` files that each hold their memo's value, and the
# state file that remembers the memos.
#
#   nixops4 members list --file examples/bench/root.nix
{
  n ? 1000,
  # nixpkgs' lib, to measure with that instead of the standalone one.
  lib ? null,
}:
let
  nixops4 = import <nixops4> (if lib == null then { } else { inherit lib; });
  inherit (nixops4.lib.std) genAttrs' nameValuePair range;
in
nixops4.lib.mkRoot {
  modules = [
    (
      { members, providers, ... }:
      {
        providers.local = nixops4.modules.nixops4Provider.local;

        members = {
          state = {
            type = providers.local.state_file;
            inputs.name = "bench-state.json";
          };
        }
        // genAttrs' (range 1 n) (
          i:
          nameValuePair "memo-${toString i}" {
            type = providers.local.memo;
            state = members.state;
            inputs.initialize_with = "value ${toString i}";
          }
        )
        // genAttrs' (range 1 n) (
          i:
          nameValuePair "file-${toString i}" {
            type = providers.local.file;
            inputs.name = "bench-${toString i}.txt";
            inputs.contents = members."memo-${toString i}".outputs.value;
          }
        );
      }
    )
  ];
}
