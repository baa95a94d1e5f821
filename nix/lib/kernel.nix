# lib.kernel: the values of options of the Linux kernel.
{ lib }:
let
  value = tristate: {
    inherit tristate;
    optional = false;
  };
in
{
  yes = value "y";
  no = value "n";
  module = value "m";
  unset = value null;
  freeform = text: {
    freeform = text;
    optional = false;
  };
  option = setting: setting // { optional = true; };
  whenHelpers =
    version:
    let
      atLeast = lib.versionAtLeast version;
      older = lib.versionOlder version;
    in
    {
      whenAtLeast = from: lib.mkIf (atLeast from);
      whenOlder = to: lib.mkIf (older to);
      # From the first version on, until before the second.
      whenBetween = from: to: lib.mkIf (atLeast from && older to);
    };
}
