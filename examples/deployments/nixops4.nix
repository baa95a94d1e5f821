# The older form of roots: deployments with `resources`, whose outputs are the module argument `resources`.
# Each deployment is a member of the root: `nixops4 apply default`.
#
#   nixops4 apply --file examples/deployments/nixops4.nix
#   cat lime.txt plum.txt
let
  nixops4 = import <nixops4> { };
in
{
  nixops4Deployments.default =
    top@{
      config,
      lib,
      providers,
      resources,
      ...
    }:
    {
      # What the deployment is about, as options of its own.
      imports = [ ./data-model.nix ];

      customers.lime = { };
      customers.plum.greeting = "Good evening";

      providers.local = nixops4.modules.nixops4Provider.local;

      resources.state = {
        type = providers.local.state_file;
        inputs.name = "deployments-state.json";
      };

      resources.host = {
        type = providers.local.memo;
        state = [ "state" ];
        inputs.initialize_with = "host-1.example";
      };

      # A deployment inside: its `resources` are its own, those around it are reached by a name of ours.
      deployments.customers =
        { ... }:
        {
          resources = lib.mapAttrs' (name: customer: {
            name = "${name}.txt";
            value = {
              type = top.providers.local.file;
              inputs.name = "${name}.txt";
              inputs.contents = "${customer.greeting}, ${name} on ${top.resources.host.value}!\n";
            };
          }) config.customers;
        };
    };
}
