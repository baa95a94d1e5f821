# What the operations in this folder work on. Everything here is only remembered: a database, hosts and services that exist already.
#
#   nixops4 apply --file examples/scripts/nixops4.nix
#   nixops4 run --list --file examples/scripts/nixops4.nix
#   nixops4 run database.backup --file examples/scripts/nixops4.nix --directory /var/backups
{
  database ? {
    host = "127.0.0.1";
    port = 5432;
    user = "postgres";
    name = "postgres";
  },
  hosts ? { },
  services ? { },
}:
let
  nixops4 = import <nixops4> { };
in
nixops4.lib.mkRoot {
  modules = [
    (
      { members, providers, ... }:
      let
        remember = value: {
          type = providers.local.memo;
          state = members.store;
          inputs.initialize_with = value;
        };
      in
      {
        providers.local = nixops4.modules.nixops4Provider.local;

        members.store = {
          type = providers.local.state_file;
          inputs.name = "scripts-state.json";
        };

        members.database = remember database // {
          operations.backup = {
            script = ./backup.star;
            fixed.database = "database";
          };
        };
        members.hosts.members = builtins.mapAttrs (_: remember) hosts;
        members.services.members = builtins.mapAttrs (_: remember) services;

        # Which of the services is in use. The operation failover changes it, and applies what depends on it.
        members.active = remember "first";
        members."active.txt" = {
          type = providers.local.file;
          inputs.name = "active.txt";
          inputs.contents = "${members.active.outputs.value}\n";
        };

        operations.inventory.script = ./inventory.star;
        operations.rotate-keys.script = ./rotate_keys.star;
        operations.restart.script = ./restart.star;
        operations.failover.script = ./failover.star;
      }
    )
  ];
}
