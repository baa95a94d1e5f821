# The Nix side of NixOps4: what `import <nixops4> { }` gives.
#
# - lib: functions to make a root with, see ./components/root.nix; `lib.std` is the lib in use
# - modules.nixops4Provider: provider modules, for the `providers` option
# - modules.nixops4Component: modules for components
#
# `lib` is nixpkgs' lib, where there is one. By default it is the standalone lib of this folder, so that
# a root needs nothing but the nixops4 program.
{
  lib ? import ./lib,
  ...
}:
let
  roots = import ./components/root.nix { inherit lib; };
in
{
  lib = {
    inherit (roots) evalRoot evalRootForProviders mkRoot;
    # The lib that module functions get as their argument `lib`.
    std = lib;
  };

  modules = {
    nixops4Provider = {
      local = ./providers/local.nix;
    };
  };
}
