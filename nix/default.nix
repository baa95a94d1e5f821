# The Nix side of NixOps4: what `import <nixops4> { }` gives.
#
# - lib: functions to make a root with, see ./components/root.nix; `lib.std` is the lib in use
# - modules.nixops4Provider: provider modules, for the `providers` option
# - modules.nixops4Component.default: nothing but the class of component modules; the options of a
#   component are there in every root
# - modules.nixops4Deployment.default: the same for deployments, the older form of roots
# - modules.flake.default: a flake-parts module with the option `nixops4`
#
# `lib` is nixpkgs' lib, where there is one. By default it is the standalone lib of this folder, so that
# a root needs nothing but the nixops4 program.
{
  lib ? import ./lib,
  ...
}:
let
  # `nixops4 check` wants all mistakes, not the first.
  std = if builtins ? nixops4Report then import ./components/reporting-lib.nix lib else lib;

  roots = import ./components/root.nix { lib = std; };
  deployments = import ./deployments { lib = std; };
  componentModule = {
    _class = "nixops4Component";
  };
  deploymentModule = {
    _class = "nixops4Deployment";
  };
in
{
  lib = {
    inherit (roots) evalRoot evalRootForProviders mkRoot;
    # For the older form of roots.
    inherit (deployments) evalDeployment mkDeployment rootOf;
    # The lib that module functions get as their argument `lib`.
    inherit std;
  };

  modules = {
    nixops4Provider = {
      local = ./providers/local.nix;
    };
    nixops4Component.default = componentModule;
    nixops4Deployment.default = deploymentModule;
    flake.default = {
      _file = ./flake/module.nix;
      imports = [
        (import ./flake/module.nix {
          inherit (roots) mkRoot;
          inherit (deployments) mkDeployment;
          inherit componentModule deploymentModule;
        })
      ];
    };
  };
}
