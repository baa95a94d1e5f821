# What a root's author is told about mistakes. `error` is a regular expression.
let
  nixops4 = import ./subject;
  inherit (nixops4.lib) std;

  members =
    outputValues: module:
    ((nixops4.lib.mkRoot {
      modules = [
        module
        {
          providers.local = nixops4.modules.nixops4Provider.local;
        }
      ];
    }).rootFunction
      {
        resourceProviderSystem = "x86_64-linux";
        inherit outputValues;
      }
    ).members;
  file =
    inputs:
    { providers, ... }:
    {
      _file = "user.nix";
      members.f = {
        type = providers.local.file;
        inherit inputs;
      };
    };
  good = {
    name = "n";
    contents = "c";
  };
in
{
  "unknown input" = {
    expr = (members { } (file (good // { content = "x"; }))).f.resource.inputs;
    error = "The option `members\\.f\\.inputs\\.content' does not exist\\. Definition values:\n *- In `user\\.nix': \"x\"\n+ *Did you mean `members\\.f\\.inputs\\.contents'";
  };
  "wrong type of an input" = {
    expr = (members { } (file (good // { contents = 5; }))).f.resource.inputs;
    error = "A definition for option `members\\.f\\.inputs\\.contents' is not of type `string'\\. Definition values:\n *- In `user\\.nix': 5";
  };
  "missing input" = {
    expr = (members { } (file { name = "n"; })).f.resource.inputs;
    error = "The option `members\\.f\\.inputs\\.contents' was accessed but has no value defined";
  };
  "wrong type of an output" = {
    expr =
      (members { e.stdout = 5; } (
        { members, providers, ... }:
        {
          members.e = {
            type = providers.local.exec;
            inputs.executable = "x";
          };
          members.f = {
            type = providers.local.file;
            inputs.name = "n";
            inputs.contents = members.e.outputs.stdout;
          };
        }
      )).f.resource.inputs;
    error = "A definition for option `members\\.e\\.outputs\\.stdout' is not of type `string'\\. Definition values:\n *- In `<resource outputs from nixops>': 5";
  };
  "unknown output" = {
    expr =
      (members { } (
        { members, providers, ... }:
        {
          imports = [ (file good) ];
          members.g = {
            type = providers.local.file;
            inputs.name = "n";
            inputs.contents = members.f.outputs.path;
          };
        }
      )).g.resource.inputs;
    error = "attribute 'path' missing";
  };
  "unknown option of a member" = {
    expr =
      (members { } (
        { providers, ... }:
        {
          _file = "user.nix";
          members.f = {
            type = providers.local.file;
            input.name = "n";
          };
        }
      )).f;
    error = "The option `members\\.f\\.input' does not exist\\.[^?]*Did you mean `members\\.f\\.inputs'";
  };
  "a provider as a type" = {
    expr =
      (members { } (
        { providers, ... }:
        {
          _file = "user.nix";
          members.f.type = providers.local;
        }
      )).f.resource.type;
    error = "A definition for option `members\\.f\\.type' is not of type `resource type'\\. Definition values:\n *- In `user\\.nix'";
  };
  "state is missing" = {
    expr =
      (members { } (
        { providers, ... }:
        {
          members.m = {
            type = providers.local.memo;
            inputs.initialize_with = 1;
          };
        }
      )).m.resource.state;
    error = "members\\.m\\.state has not been defined";
  };
  "state forced to null" = {
    expr =
      (members { } (
        { providers, ... }:
        {
          members.m = {
            type = providers.local.memo;
            inputs.initialize_with = 1;
            state = std.mkForce null;
          };
        }
      )).m.resource.state;
    error = "members\\.m\\.state must not be null";
  };
  "state is a composite" = {
    expr =
      (members { } (
        { members, providers, ... }:
        {
          members.group.members = { };
          members.m = {
            type = providers.local.memo;
            inputs.initialize_with = 1;
            state = members.group;
          };
        }
      )).m.resource.state;
    error = "members\\.group is not a resource but a composite component";
  };
  "state is something else" = {
    expr =
      (members { } (
        { providers, ... }:
        {
          members.m = {
            type = providers.local.memo;
            inputs.initialize_with = 1;
            state = "store";
          };
        }
      )).m.resource.state;
    error = "A definition for option `members\\.m\\.state' is not of type `null or resource reference'";
  };
  "a resource type in imports" = {
    expr = members { } (
      { providers, ... }:
      {
        members.m.imports = [ providers.local.file ];
      }
    );
    error = "infinite recursion|Expected a module, but found a value of type .*nixops4ResourceType";
  };
  "a NixOS module as a member" = {
    expr = (members { } { members.m._class = "nixos"; }).m;
    error = "cannot be imported into a module evaluation that expects class \"nixops4Component\"";
  };
  "a resource without a provider" = {
    expr =
      (members { } {
        members.m = {
          resourceType = "r";
          outputsSkeleton = { };
        };
      }).m.resource.provider.executable;
    error = "The option `members\\.m\\.provider\\.executable' was accessed but has no value defined";
  };
  "outputs while looking for providers" = {
    expr =
      (nixops4.lib.evalRootForProviders
        {
          modules = [
            (
              { members, ... }:
              {
                imports = [ ];
                members.e = {
                  resourceType = "r";
                  outputs = { ... }: { options.path = std.mkOption { }; };
                };
                providers.p.executable = members.e.outputs.path;
              }
            )
          ];
        }
        { system = "x86_64-linux"; }
      ).config.providers.p.executable;
    error = "outputValues is not available when evaluating the root for the purpose of building the providers";
  };
  "prefix shows in messages" = {
    expr =
      ((nixops4.lib.mkRoot {
        prefix = [ "nixops4" ];
        modules = [ { member.x = { }; } ];
      }).rootFunction
        {
          resourceProviderSystem = "x86_64-linux";
          outputValues = { };
        }
      ).members;
    error = "The option `nixops4\\.member' does not exist";
  };
}
