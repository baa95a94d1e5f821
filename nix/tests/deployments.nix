# Deployments: the older form of roots, as the nixops4 program sees it.
let
  nixops4 = import ./subject;
  inherit (nixops4.lib) mkDeployment rootOf std;
  inherit (std) mkOption types;

  run =
    outputValues: value:
    (rootOf value).rootFunction {
      resourceProviderSystem = "x86_64-linux";
      inherit outputValues;
    };
  default =
    outputValues: module:
    plain (run { default = outputValues; } { nixops4Deployments.default = module; }).members.default.members;
  # Without where resources may have been recorded.
  plain = std.mapAttrs (
    _: member:
    if member ? resource then
      { resource = removeAttrs member.resource [ "movedFrom" ]; }
    else
      { members = plain member.members; }
  );

  provider = {
    executable = "/bin/provider";
    resourceTypes.thing = {
      requireState = false;
      inputs.options.text = mkOption { type = types.str; };
      outputs.options.id = mkOption { type = types.str; };
    };
    resourceTypes.kept = {
      requireState = true;
      inputs = { };
      outputs.options.value = mkOption { type = types.str; };
    };
    resourceTypes.store = {
      requireState = false;
      inputs = { };
      outputs.options.handle = mkOption { type = types.str; };
    };
  };

  pair =
    { resources, providers, ... }:
    {
      providers.p = provider;
      resources.a = {
        type = providers.p.thing;
        inputs.text = "a";
      };
      resources.b = {
        type = providers.p.thing;
        inputs.text = "after ${resources.a.id}";
      };
    };
in
{
  "outputs are given as resources" = {
    expr = default { a.id = "one"; } pair;
    expected =
      let
        thing = text: {
          resource = {
            type = "thing";
            provider = {
              type = "stdio";
              executable = "/bin/provider";
              args = [ ];
            };
            inputs = { inherit text; };
            outputsSkeleton.id = { };
            state = null;
          };
        };
      in
      {
        a = thing "a";
        b = thing "after one";
      };
  };
  "outputs are in config too" = {
    expr =
      (default { a.id = "one"; } {
        imports = [ pair ];
        resources.c =
          { config, ... }:
          {
            resourceType = "c";
            provider.executable = "/bin/c";
            provider.args = [ "x" ];
            inputs = { };
            outputs = { ... }: { options.n = mkOption { }; };
            outputsSkeleton.n = { };
          };
      }).c.resource;
    expected = {
      type = "c";
      provider = {
        type = "stdio";
        executable = "/bin/c";
        args = [ "x" ];
      };
      inputs = { };
      outputsSkeleton.n = { };
      state = null;
    };
  };
  "config.resources.NAME.outputs" = {
    expr =
      (default { a.id = "one"; } (
        { config, providers, ... }:
        {
          imports = [ pair ];
          resources.c.type = providers.p.thing;
          resources.c.inputs.text = config.resources.a.outputs.id;
        }
      )).c.resource.inputs.text;
    expected = "one";
  };
  "a type that is a string" = {
    expr =
      (default { } {
        resources.state = {
          type = "s3.object";
          provider.executable = "/bin/s3";
          inputs =
            { ... }:
            {
              options.bucket = mkOption { type = types.str; };
              config.bucket = "b";
            };
          outputs = { };
          outputsSkeleton.handle = { };
        };
      }).state.resource;
    expected = {
      type = "s3.object";
      provider = {
        type = "stdio";
        executable = "/bin/s3";
        args = [ ];
      };
      inputs.bucket = "b";
      outputsSkeleton.handle = { };
      state = null;
    };
  };
  "state in its three forms" = {
    expr =
      let
        members = default { } (
          { config, providers, ... }:
          {
            providers.p = provider;
            resources.store.type = providers.p.store;
            resources.by-name = {
              type = providers.p.kept;
              state = "store";
            };
            resources.by-path = {
              type = providers.p.kept;
              state = [ "store" ];
            };
            resources.by-reference = {
              type = providers.p.kept;
              state = config.resources.store;
            };
            deployments.inner =
              { providers, ... }:
              {
                providers.p = provider;
                resources.store.type = providers.p.store;
                resources.by-name = {
                  type = providers.p.kept;
                  state = "store";
                };
                resources.by-path = {
                  type = providers.p.kept;
                  state = [ "store" ];
                };
                resources.by-reference = {
                  type = providers.p.kept;
                  state = config.resources.store;
                };
              };
          }
        );
        states = std.mapAttrs (_: m: m.resource.state);
      in
      states (removeAttrs members [ "inner" ]) // { inner = states members.inner.members; };
    expected =
      let
        outer = [
          "default"
          "store"
        ];
      in
      {
        store = null;
        by-name = outer;
        by-path = outer;
        by-reference = outer;
        inner = {
          store = null;
          by-name = [
            "default"
            "inner"
            "store"
          ];
          by-path = outer;
          by-reference = outer;
        };
      };
  };
  "nested deployments refer outward" = {
    expr =
      (default
        {
          state.handle = "h";
          my-host.sshkeypair.id = "key";
        }
        (
          top@{ providers, resources, ... }:
          {
            providers.p = provider;
            resources.state.type = providers.p.store;
            deployments.my-host =
              { resources, ... }:
              {
                resources.sshkeypair = {
                  type = top.providers.p.thing;
                  inputs.text = "for ${top.resources.state.handle}";
                };
                resources.nixos = {
                  type = top.providers.p.thing;
                  inputs.text = "with ${resources.sshkeypair.id}";
                };
              };
          }
        )
      ).my-host.members;
    expected =
      let
        thing = text: {
          resource = {
            type = "thing";
            provider = {
              type = "stdio";
              executable = "/bin/provider";
              args = [ ];
            };
            inputs = { inherit text; };
            outputsSkeleton.id = { };
            state = null;
          };
        };
      in
      {
        sshkeypair = thing "for h";
        nixos = thing "with key";
      };
  };
  "the outputs of nested deployments" = {
    expr =
      (default { inner.a.id = "deep"; } (
        { deployments, providers, ... }:
        {
          providers.p = provider;
          resources.c.type = providers.p.thing;
          resources.c.inputs.text = deployments.inner.resources.a.id;
          deployments.inner = pair;
        }
      )).c.resource.inputs.text;
    expected = "deep";
  };
  "a data model in options" = {
    expr =
      std.mapAttrs (_: m: m.resource.inputs.text) (
        default { } (
          { config, providers, ... }:
          {
            options.customers = mkOption {
              type = types.attrsOf (
                types.submodule (
                  { name, ... }:
                  {
                    options.domain = mkOption { default = "${name}.example"; };
                  }
                )
              );
            };
            config.providers.p = provider;
            config.customers = {
              one = { };
              two.domain = "second.example";
            };
            config.resources = std.mapAttrs (_: customer: {
              type = providers.p.thing;
              inputs.text = customer.domain;
            }) config.customers;
          }
        )
      );
    expected = {
      one = "one.example";
      two = "second.example";
    };
  };
  "which values are roots" = {
    expr =
      let
        names = value: builtins.attrNames (run { } value).members;
        m = {
          resources.r = { };
        };
      in
      {
        flake = names { nixops4Deployments.a = m; };
        nested = names { nixops4.deployments.b = m; };
        selected = names { deployments.c = m; };
        one = names (mkDeployment { modules = [ m ]; });
        root = names { nixops4 = nixops4.lib.mkRoot { modules = [ { members.d = { }; } ]; }; };
        both = names {
          nixops4.deployments.new = m;
          nixops4Deployments.old = m;
        };
        none = map rootOf [
          { }
          { nixops4 = { }; }
          { _type = "other"; }
          null
          "text"
        ];
      };
    expected = {
      flake = [ "a" ];
      nested = [ "b" ];
      selected = [ "c" ];
      one = [ "r" ];
      root = [ "d" ];
      both = [ "new" ];
      none = [
        null
        null
        null
        null
        null
      ];
    };
  };
  "deployments that are made already" = {
    expr =
      let
        stateful =
          { providers, ... }:
          {
            providers.p = provider;
            resources.store.type = providers.p.store;
            resources.k = {
              type = providers.p.kept;
              state = [ "store" ];
            };
          };
        # As the oldest programs made them: a string for the state, no nested deployments.
        oldest.deploymentFunction =
          { resources, ... }:
          {
            resources.a = {
              provider = { };
              inputs = { };
              outputsSkeleton.id = { };
              type = "a";
            };
            resources.b = {
              provider = { };
              inputs.text = resources.a.id;
              outputsSkeleton = { };
              type = "b";
              state = "a";
            };
          };
        inherit
          (run { oldest.a.id = "told"; } {
            nixops4Deployments = {
              made = mkDeployment { modules = [ stateful ]; };
              oldest = oldest // {
                _type = "nixops4Deployment";
              };
              root = nixops4.lib.mkRoot {
                modules = [
                  (
                    { members, providers, ... }:
                    {
                      providers.p = provider;
                      members.store.type = providers.p.store;
                      members.group.members.k = {
                        type = providers.p.kept;
                        state = members.store;
                      };
                    }
                  )
                ];
              };
            };
          })
          members
          ;
      in
      {
        made = members.made.members.k.resource.state;
        oldest = { inherit (members.oldest.members.b.resource) inputs state; };
        root = members.root.members.group.members.k.resource.state;
      };
    expected = {
      made = [
        "made"
        "store"
      ];
      oldest = {
        inputs.text = "told";
        state = [
          "oldest"
          "a"
        ];
      };
      root = [
        "root"
        "store"
      ];
    };
  };
  "references and former places" = {
    expr =
      let
        inherit
          (run { } {
            nixops4Deployments.d =
              { config, providers, ... }:
              {
                providers.p = provider;
                resources.a.type = providers.p.store;
                resources.b = {
                  type = providers.p.store;
                  dependsOn = [ config.resources.a ];
                  lifecycle.replaceTriggeredBy = [ config.resources.a ];
                  movedFrom = [
                    "beside"
                    [
                      "far"
                      "away"
                    ]
                  ];
                };
                deployments.inner =
                  { providers, ... }:
                  {
                    providers.p = provider;
                    resources.c.type = providers.p.store;
                  };
              };
          })
          members
          ;
        top = members.d.members;
      in
      {
        a = top.a.resource.movedFrom;
        b = {
          inherit (top.b.resource) dependsOn movedFrom;
          inherit (top.b.resource.lifecycle) replaceTriggeredBy;
        };
        c = top.inner.members.c.resource.movedFrom;
      };
    expected = {
      a = [ [ "a" ] ];
      b = {
        dependsOn = [
          [
            "d"
            "a"
          ]
        ];
        replaceTriggeredBy = [
          [
            "d"
            "a"
          ]
        ];
        movedFrom = [
          "beside"
          [
            "d"
            "far"
            "away"
          ]
          [ "b" ]
        ];
      };
      c = [
        [
          "inner"
          "c"
        ]
      ];
    };
  };
  "providers" = {
    expr =
      builtins.fromJSON
        ((mkDeployment { modules = [ pair ]; }).getProviders { system = "x86_64-linux"; }).providers;
    expected.p = {
      executable = "/bin/provider";
      args = [ ];
    };
  };
}
