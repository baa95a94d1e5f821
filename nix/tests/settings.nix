# The options that say how components are handled: what the program is told of them.
let
  nixops4 = import ./subject;
  inherit (nixops4.lib) std;

  local = nixops4.modules.nixops4Provider.local;
  run =
    module:
    (nixops4.lib.mkRoot {
      modules = [
        { providers.local = local; }
        module
      ];
    }).rootFunction
      {
        resourceProviderSystem = "x86_64-linux";
        outputValues = { };
      };
  # A resource with settings, beside others that it can refer to, without what every resource tells.
  told =
    settings:
    removeAttrs (run (
      { members, providers, ... }:
      {
        members.x = {
          type = providers.local.exec;
          inputs.executable = "x";
        };
        members.group.members.y = {
          type = members.x.type;
          inputs.executable = "y";
        };
        members.a = {
          imports = [
            (if builtins.isFunction settings then settings members else settings)
          ];
          type = providers.local.exec;
          inputs.executable = "a";
        };
      }
    )).members.a.resource [
      "inputs"
      "outputsSkeleton"
      "provider"
      "state"
      "type"
      "methods"
      "sensitiveOutputs"
      "replaceOnChange"
    ];
  lifecycle = {
    preventDestroy = false;
    createBeforeDestroy = false;
    ignoreChanges = [ ];
    ignoreDrift = [ ];
    replaceTriggeredBy = [ ];
  };
in
{
  "without settings nothing is told" = {
    expr = told { };
    expected = { };
  };
  "lifecycle" = {
    expr = told (members: {
      lifecycle = {
        preventDestroy = true;
        ignoreChanges = [
          "tags.owner"
          "args.0"
        ];
        ignoreDrift = [ "outputs.time" ];
        replaceTriggeredBy = [
          members.x
          members.group.members.y
        ];
      };
    });
    expected.lifecycle = lifecycle // {
      preventDestroy = true;
      ignoreChanges = [
        "tags.owner"
        "args.0"
      ];
      ignoreDrift = [ "outputs.time" ];
      replaceTriggeredBy = [
        [ "x" ]
        [
          "group"
          "y"
        ]
      ];
    };
  };
  "createBeforeDestroy" = {
    expr = told { lifecycle.createBeforeDestroy = true; };
    expected.lifecycle = lifecycle // {
      createBeforeDestroy = true;
    };
  };
  "settings of several modules are merged" = {
    expr = told (members: {
      imports = [
        {
          dependsOn = [ members.x ];
          lifecycle.ignoreChanges = [ "b" ];
        }
      ];
      dependsOn = [ members.group.members.y ];
      lifecycle.ignoreChanges = std.mkBefore [ "a" ];
    });
    expected = {
      dependsOn = [
        [ "x" ]
        [
          "group"
          "y"
        ]
      ];
      lifecycle = lifecycle // {
        ignoreChanges = [
          "a"
          "b"
        ];
      };
    };
  };
  "timeouts tell what is set" = {
    expr = told {
      timeouts.create = "1h30m";
      timeouts.read = 20;
      timeouts.destroy = std.mkForce null;
    };
    expected.timeouts = {
      create = "1h30m";
      read = 20;
    };
  };
  "retry has defaults" = {
    expr = map told [
      { retry = { }; }
      {
        retry.attempts = 5;
        retry.delay = "250ms";
      }
      { retry.delay = 0; }
    ];
    expected = [
      {
        retry = {
          attempts = 3;
          delay = "1s";
        };
      }
      {
        retry = {
          attempts = 5;
          delay = "250ms";
        };
      }
      {
        retry = {
          attempts = 3;
          delay = 0;
        };
      }
    ];
  };
  "movedFrom" = {
    expr = told {
      movedFrom = [
        "old"
        [
          "group"
          "older"
        ]
      ];
    };
    expected.movedFrom = [
      "old"
      [
        "group"
        "older"
      ]
    ];
  };
  "a composite" = {
    expr = removeAttrs (run {
      members.group = {
        movedFrom = [ "g" ];
        allowApplyAll = false;
      };
    }).members.group [ "members" ];
    expected = {
      movedFrom = [ "g" ];
      allowApplyAll = false;
    };
  };
  "operations" = {
    expr = map (component: component.operations or null) (
      let
        root = run (
          { providers, ... }:
          {
            operations.all = {
              script = /x/all.star;
            };
            members.a = {
              type = providers.local.exec;
              inputs.executable = "a";
              operations.backup = {
                script = "/x/backup.star";
                operation = "dump";
                params.keep = 7;
                fixed.compress = true;
              };
            };
            members.b = { };
          }
        );
      in
      [
        root
        root.members.a
        root.members.b
      ]
    );
    expected = [
      {
        all = {
          script = "/x/all.star";
          operation = "";
          params = { };
          fixed = { };
        };
      }
      {
        backup = {
          script = "/x/backup.star";
          operation = "dump";
          params.keep = 7;
          fixed.compress = true;
        };
      }
      null
    ];
  };
  "methods and inputs that cannot be changed come from the type" = {
    expr =
      let
        resource =
          (run (
            { providers, ... }:
            {
              providers.p = {
                executable = "/p";
                resourceTypes.vm = {
                  requireState = false;
                  replaceOnChange = [ "zone" ];
                  inputs.options.zone = std.mkOption { type = std.types.str; };
                  outputs = { };
                  methods.restart = {
                    description = "Restart it.";
                    arguments.options = {
                      hard = std.mkOption {
                        type = std.types.bool;
                        default = false;
                        description = "At once.";
                      };
                      reason = std.mkOption { type = std.types.str; };
                    };
                    result = "when";
                  };
                };
              };
              members.vm = {
                type = providers.p.vm;
                inputs.zone = "a";
              };
            }
          )).members.vm.resource;
      in
      {
        inherit (resource) methods replaceOnChange;
      };
    expected = {
      replaceOnChange = [ "zone" ];
      methods.restart = {
        description = "Restart it.";
        result = "when";
        arguments = {
          hard = {
            description = "At once.";
            type = "boolean";
            required = false;
          };
          reason = {
            description = "";
            type = "string";
            required = true;
          };
        };
      };
    };
  };
}
