# The root of examples/bench with n memos and n files, evaluated as the engine does: with the outputs known.
{
  lib ? null,
  n ? 1000,
}:
let
  root = import ../../examples/bench/root.nix { inherit lib n; };
  numbers = builtins.genList (i: toString (i + 1)) n;
  export = root.rootFunction {
    resourceProviderSystem = "x86_64-linux";
    outputValues = builtins.listToAttrs (
      map (i: {
        name = "memo-${i}";
        value.value = "value ${i}";
      }) numbers
    );
  };
in
builtins.deepSeq export (builtins.length (builtins.attrNames export.members))
