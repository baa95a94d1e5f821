# mkRoot: what the nixops4 program sees of a root.
let
  nixops4 = import ./subject;
  inherit (nixops4.lib) std;
  inherit (std) mkIf mkOption types;

  run =
    outputValues: module:
    (nixops4.lib.mkRoot { modules = [ module ]; }).rootFunction {
      resourceProviderSystem = "x86_64-linux";
      inherit outputValues;
    };
  members = outputValues: module: (run outputValues module).members;

  # A provider module as another project might have it.
  provider = {
    executable = "/bin/provider";
    args = [ "--serve" ];
    resourceTypes.thing = {
      requireState = false;
      inputs.options.text = mkOption { type = types.str; };
      outputs.options.id = mkOption { type = types.str; };
      outputs.options.size = mkOption { type = types.int; };
    };
    resourceTypes.kept = {
      type = "kept-v2";
      requireState = true;
      inputs = { };
      outputs = { };
    };
    resourceTypes.plain =
      { name, ... }:
      {
        requireState = false;
        inputs.options.type = mkOption { default = name; };
        outputs = { };
      };
  };
  withProvider = module: {
    imports = [ module ];
    providers.p = provider;
  };

  exported = {
    type = "thing";
    provider = {
      type = "stdio";
      executable = "/bin/provider";
      args = [ "--serve" ];
    };
    outputsSkeleton = {
      id = { };
      size = { };
    };
    state = null;
  };
  thing =
    text:
    { providers, ... }:
    {
      members.a = {
        type = providers.p.thing;
        inputs = { inherit text; };
      };
    };
in
{
  "root" = {
    expr = builtins.removeAttrs (nixops4.lib.mkRoot { modules = [ ]; }) [
      "rootFunction"
      "evaluate"
      "getProviders"
    ];
    expected._type = "nixops4Component";
  };
  "no members" = {
    expr = run { } { };
    expected.members = { };
  };
  "a typed resource" = {
    expr = run { } (withProvider (thing "hello"));
    expected.members.a.resource = exported // {
      inputs.text = "hello";
    };
  };
  "a resource without a type" = {
    expr = run { } {
      members.a = {
        resourceType = "custom";
        provider.executable = "/bin/custom";
        provider.args = [
          "text"
          1
        ];
        inputs =
          { ... }:
          {
            options.x = mkOption { type = types.int; };
            config.x = 1;
          };
        outputs = { };
        outputsSkeleton.y = { };
      };
    };
    expected.members.a.resource = {
      type = "custom";
      provider = {
        type = "stdio";
        executable = "/bin/custom";
        args = [
          "text"
          "1"
        ];
      };
      inputs.x = 1;
      outputsSkeleton.y = { };
      state = null;
    };
  };
  "a type that is only a name" = {
    expr =
      (members { a.y = "out"; } {
        members.a = {
          type = "custom";
          provider.executable = "/bin/custom";
          inputs = { };
          outputs = { ... }: { options.y = mkOption { type = types.str; }; };
          outputsSkeleton.y = { };
        };
      }).a.resource.type;
    expected = "custom";
  };
  "a type with another name, and state" = {
    expr =
      (members { } (
        withProvider (
          { members, providers, ... }:
          {
            members.store = {
              type = providers.p.plain;
            };
            members.group.members.k = {
              type = providers.p.kept;
              state = members.store;
            };
          }
        )
      )).group.members.k.resource;
    expected = {
      type = "kept-v2";
      inherit (exported) provider;
      inputs = { };
      outputsSkeleton = { };
      state = [ "store" ];
    };
  };
  "state in another component" = {
    expr =
      (members { } (
        withProvider (
          { config, providers, ... }:
          {
            members.base.members.store.type = providers.p.plain;
            members.k = {
              type = providers.p.kept;
              state = config.members.base.members.store;
            };
          }
        )
      )).k.resource.state;
    expected = [
      "base"
      "store"
    ];
  };
  "state as a list" = {
    expr =
      (members { } (
        withProvider (
          { providers, ... }:
          {
            members.k = {
              type = providers.p.kept;
              state = [
                "far"
                "store"
              ];
            };
          }
        )
      )).k.resource.state;
    expected = [
      "far"
      "store"
    ];
  };
  "an input named type" = {
    expr =
      (members { } (
        withProvider (
          { providers, ... }:
          {
            members.a.type = providers.p.plain;
          }
        )
      )).a.resource.inputs;
    expected.type = "plain";
  };

  # Outputs
  "an output feeds an input" = {
    expr =
      (members { a.id = "i-1"; } (
        withProvider (
          { members, providers, ... }:
          {
            imports = [ (thing "x") ];
            members.b = {
              type = providers.p.thing;
              inputs.text = "id ${members.a.outputs.id}";
            };
          }
        )
      )).b.resource.inputs.text;
    expected = "id i-1";
  };
  "outputs of nested members" = {
    expr =
      (members { group.inner.a.id = "deep"; } (
        withProvider (
          { members, providers, ... }:
          {
            members.group.members.inner = {
              imports = [ ];
              members.a = {
                type = providers.p.thing;
                inputs.text = "x";
              };
            };
            members.b = {
              type = providers.p.thing;
              inputs.text = members.group.members.inner.members.a.outputs.id;
            };
          }
        )
      )).b.resource.inputs.text;
    expected = "deep";
  };
  "names that are no identifiers" = {
    expr =
      (members { "file.txt".id = "dotted"; } (
        withProvider (
          { members, providers, ... }:
          {
            members."file.txt" = {
              type = providers.p.thing;
              inputs.text = "x";
            };
            members.b = {
              type = providers.p.thing;
              inputs.text = members."file.txt".outputs.id;
            };
          }
        )
      )).b.resource.inputs.text;
    expected = "dotted";
  };
  "a derived output" = {
    expr =
      (members { a.id = "x"; } (
        withProvider (
          { members, providers, ... }:
          {
            members.a = {
              type = providers.p.thing;
              inputs.text = "t";
              outputs =
                { config, ... }:
                {
                  options.url = mkOption { type = types.str; };
                  config.url = "http://${config.id}";
                };
            };
            members.b = {
              type = providers.p.thing;
              inputs.text = members.a.outputs.url;
            };
          }
        )
      )).b.resource.inputs.text;
    expected = "http://x";
  };
  "members that depend on outputs" = {
    expr =
      builtins.attrNames
        (members { a.id = "x y"; } (
          withProvider (
            { members, providers, ... }:
            {
              imports = [ (thing "t") ];
              members.group.members = std.genAttrs (std.splitString " " members.a.outputs.id) (_: {
                type = providers.p.plain;
              });
              members.maybe.members = mkIf (members.a.outputs.id == "x y") { there = { }; };
            }
          )
        )).group.members;
    expected = [
      "x"
      "y"
    ];
  };

  # Modules
  "members are modules" = {
    expr =
      (members { } (
        withProvider (
          { providers, ... }:
          {
            members.a = {
              imports = [
                {
                  options.size = mkOption { type = types.int; };
                }
                (
                  { config, ... }:
                  {
                    type = providers.p.thing;
                    inputs.text = "size ${toString config.size}";
                  }
                )
              ];
              config.size = 3;
            };
          }
        )
      )).a.resource.inputs.text;
    expected = "size 3";
  };
  "a component's own provider" = {
    expr =
      (members { } {
        members.child =
          { providers, ... }:
          {
            providers.own = provider;
            type = providers.own.thing;
            inputs.text = "mine";
          };
      }).child.resource.inputs.text;
    expected = "mine";
  };
  "an option for all members" = {
    expr = builtins.mapAttrs (_: member: member.resource.inputs.text) (
      members { } (
        withProvider (
          { providers, ... }:
          let
            labelled =
              { config, ... }:
              {
                options.label = mkOption { default = "none"; };
                config = {
                  type = providers.p.thing;
                  inputs.text = config.label;
                };
              };
          in
          {
            options.members = mkOption {
              type = types.lazyAttrsOf (types.submoduleWith { modules = [ labelled ]; });
            };
            config.members.a.label = "labelled";
            config.members.b = { };
          }
        )
      )
    );
    expected = {
      a = "labelled";
      b = "none";
    };
  };
  "declared inputs of a component" = {
    expr =
      (members { } {
        members.a =
          { ... }:
          {
            options.inputs = mkOption {
              type = types.submodule { options.n = mkOption { default = 1; }; };
            };
            config = {
              resourceType = "r";
              provider.executable = "p";
              outputsSkeleton = { };
              inputs = { };
            };
          };
      }).a.resource.inputs;
    expected.n = 1;
  };
  "specialArgs and prefix" = {
    expr =
      let
        spec = {
          specialArgs.given = 5;
          prefix = [
            "here"
            "root"
          ];
          modules = [
            (
              { given, options, ... }:
              {
                options.test = mkOption {
                  default = [
                    given
                    options.members.loc
                  ];
                };
                config.members.a.members.b.resourceType = "r";
              }
            )
          ];
        };
        world = {
          resourceProviderSystem = "s";
          outputValues = { };
        };
        inherit (nixops4.lib.evalRoot spec world) config;
      in
      {
        inherit (config) test;
        path = config.members.a.members.b.absoluteMemberPath;
      };
    expected = {
      test = [
        5
        [
          "here"
          "root"
          "members"
        ]
      ];
      path = [
        "a"
        "b"
      ];
    };
  };
  "resourceProviderSystem" = {
    expr =
      (members { } (
        { resourceProviderSystem, ... }:
        {
          members.a =
            { resourceProviderSystem, ... }:
            {
              resourceType = resourceProviderSystem;
              provider.executable = "p";
              outputsSkeleton = { };
              inputs = { };
            };
        }
      )).a.resource.type;
    expected = "x86_64-linux";
  };

  # Laziness
  "nothing is forced to list members and see their kinds" = {
    expr =
      let
        found = members (throw "outputs") (
          withProvider (
            { members, providers, ... }:
            {
              members.a = {
                type = providers.p.thing;
                inputs = throw "inputs";
                state = throw "state";
              };
              members.b = throw "b";
              members.c.members.d = {
                type = providers.p.thing;
                inputs.text = members.a.outputs.id;
              };
            }
          )
        );
      in
      {
        names = builtins.attrNames found;
        a = found.a ? resource;
        c = found.c ? members;
        d = found.c.members.d ? resource;
        skeleton = found.a.resource.outputsSkeleton;
        type = found.a.resource.type;
        inputNames = builtins.attrNames found.c.members.d.resource.inputs;
      };
    expected = {
      names = [
        "a"
        "b"
        "c"
      ];
      a = true;
      c = true;
      d = true;
      skeleton = {
        id = { };
        size = { };
      };
      type = "thing";
      inputNames = [ "text" ];
    };
  };
  "inputs and outputs leaf by leaf" = {
    expr =
      let
        inherit
          (members
            {
              a = {
                id = "known";
                size = throw "size";
              };
            }
            {
              providers.p = provider // {
                resourceTypes = provider.resourceTypes // {
                  pair = {
                    requireState = false;
                    inputs.options.x = mkOption { type = types.str; };
                    inputs.options.y = mkOption { type = types.int; };
                    outputs = { };
                  };
                };
              };
              imports = [
                (thing "t")
                (
                  { members, providers, ... }:
                  {
                    members.b = {
                      type = providers.p.pair;
                      inputs.x = members.a.outputs.id;
                      inputs.y = members.a.outputs.size;
                    };
                  }
                )
              ];
            }
          )
          b
          ;
      in
      {
        inherit (b.resource.inputs) x;
        y = (builtins.tryEval b.resource.inputs.y).success;
      };
    expected = {
      x = "known";
      y = false;
    };
  };
  "providers without outputs" = {
    expr =
      (nixops4.lib.evalRootForProviders { modules = [ (withProvider (thing "x")) ]; } {
        system = "x86_64-linux";
      }).config.providers.p.executable;
    expected = "/bin/provider";
  };
  "getProviders" = {
    expr =
      builtins.fromJSON
        ((nixops4.lib.mkRoot { modules = [ (withProvider (thing "x")) ]; }).getProviders {
          system = "x86_64-linux";
        }).providers;
    expected.p = {
      executable = "/bin/provider";
      args = [ "--serve" ];
    };
  };
}
