# A provider module: the program, the resource types that it knows and what documentation says of it.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  _class = "nixops4Provider";

  options = {
    executable = mkOption {
      type = types.str;
      description = ''
        The program that implements the resource operations: a path, or `builtin:NAME` for a provider
        that is part of the nixops4 program.
      '';
    };
    args = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Arguments to start the program with.";
    };
    type = mkOption {
      type = types.str;
      default = "stdio";
      description = "How the nixops4 program talks to the provider.";
    };
    resourceTypes = mkOption {
      type = types.lazyAttrsOf (
        types.submoduleWith {
          class = "nixops4ResourceType";
          specialArgs.provider = config;
          modules = [ ./resource-type.nix ];
        }
      );
      default = { };
      description = ''
        The types of resources that the provider can create, by name. Each can be used in a resource as
        `type = providers.PROVIDER.NAME;`.
      '';
    };

    name = mkOption {
      type = types.str;
      description = "The name of the provider in documentation.";
    };
    description = mkOption {
      type = types.str;
      description = "What the provider does, for the first page of its documentation.";
    };
    sourceBaseUrl = mkOption {
      type = types.str;
      description = "Where the provider's source code can be read; documentation links into it.";
    };
    sourceName = mkOption {
      type = types.str;
      description = "The name of the source repository in documentation.";
    };
  };
}
