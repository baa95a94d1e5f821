# Mistakes in the options that say how components are handled.
let
  nixops4 = import ./subject;
  with' =
    settings:
    (nixops4.lib.mkRoot {
      modules = [
        (
          { members, providers, ... }:
          {
            providers.local = nixops4.modules.nixops4Provider.local;
            members.group = { };
            members.a = {
              imports = [
                {
                  _file = "here.nix";
                  config = if builtins.isFunction settings then settings members else settings;
                }
              ];
              type = providers.local.exec;
              inputs.executable = "a";
            };
          }
        )
      ];
    }).rootFunction
      {
        resourceProviderSystem = "x86_64-linux";
        outputValues = { };
      };
  told = settings: builtins.deepSeq (with' settings).members.a.resource true;
in
{
  "a duration that is none" = {
    expr = told { timeouts.create = "soon"; };
    error = "A definition for option `members.a.timeouts.create' is not of type `null or positive integer, meaning >0, or duration such as \"90s\", \"10m\" or \"1h30m\"'. Definition values:\n *- In `here.nix': \"soon\"";
  };
  "no time at all" = {
    expr = told { timeouts.read = 0; };
    error = "A definition for option `members.a.timeouts.read' is not of type";
  };
  "an operation that there is none of" = {
    expr = told { timeouts.delete = "1m"; };
    error = "The option `members.a.timeouts.delete' does not exist(.|\n)*- In `here.nix': \"1m\"";
  };
  "attempts" = {
    expr = told { retry.attempts = 0; };
    error = "A definition for option `members.a.retry.attempts' is not of type `positive integer, meaning >0'";
  };
  "a delay" = {
    expr = told { retry.delay = "-1s"; };
    error = "A definition for option `members.a.retry.delay' is not of type";
  };
  "a flag" = {
    expr = told { lifecycle.preventDestroy = "yes"; };
    error = "A definition for option `members.a.lifecycle.preventDestroy' is not of type `boolean'. Definition values:\n *- In `here.nix': \"yes\"";
  };
  "a name for a resource" = {
    expr = told { dependsOn = [ "x" ]; };
    error = "A definition for option `members.a.dependsOn.\"\\[definition 1-entry 1\\]\"' is not of type `resource reference'. Definition values:\n *- In `here.nix': \"x\"";
  };
  "a composite for a resource" = {
    expr = told (members: {
      lifecycle.replaceTriggeredBy = [ members.group ];
    });
    error = "members.group is not a resource but a composite component, so it cannot be referred to as one";
  };
  "movedFrom" = {
    expr = told { movedFrom = [ 1 ]; };
    error = "A definition for option `members.a.movedFrom.\"\\[definition 1-entry 1\\]\"' is not of type `string or list of string'";
  };
  "an operation without a script" = {
    expr = builtins.deepSeq (with' { operations.x = { }; }).members.a.operations true;
    error = "The option `members.a.operations.x.script' was accessed but has no value defined";
  };
}
