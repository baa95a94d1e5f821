# The examples: what their roots are with made-up outputs.
let
  run =
    example: outputValues:
    ((import ../../examples/${example}/nixops4.nix).rootFunction {
      resourceProviderSystem = "x86_64-linux";
      inherit outputValues;
    }).members;
  provider = {
    type = "stdio";
    executable = "builtin:local";
    args = [ ];
  };
in
{
  "hello" = {
    expr = builtins.mapAttrs (_: member: {
      resource = removeAttrs member.resource [ "methods" ];
    }) (run "hello" { greeting.stdout = "Hi\n"; });
    expected = {
      greeting.resource = {
        type = "exec";
        inherit provider;
        inputs = {
          executable = "sh";
          args = [
            "-c"
            "printf 'Hello, world!\\n'"
          ];
          stdin = null;
          check = [ ];
          once = false;
        };
        outputsSkeleton.stdout = { };
        state = null;
      };
      "hello.txt".resource = {
        type = "file";
        inherit provider;
        inputs = {
          name = "hello.txt";
          contents = "Hi\n";
        };
        outputsSkeleton = { };
        state = null;
      };
    };
  };
  "stateful" = {
    expr =
      let
        members = run "stateful" { codename.value = "kept"; };
      in
      {
        inherit (members.codename.resource) state type outputsSkeleton;
        inherit (members.report.resource.inputs) contents;
        store = members.store.resource.inputs;
      };
    expected = {
      state = [ "store" ];
      type = "memo";
      outputsSkeleton.value = { };
      contents = "codename: kept\nkept in: stateful-state.json\n";
      store.name = "stateful-state.json";
    };
  };
  "nested" = {
    expr =
      let
        members = run "nested" {
          plan.stdout = "mail web";
          site.domain.stdout = "d";
          site.hosts.mail.address.stdout = "m.d";
        };
      in
      {
        hosts = builtins.attrNames members.site.members.hosts.members;
        extras = members.site.members.extras.members.postmaster.resource.inputs.args;
        note = members.site.members.hosts.members.mail.members.note.resource.inputs.contents;
        monitor = builtins.attrNames members.monitor.members;
      };
    expected = {
      hosts = [
        "mail"
        "web"
      ];
      extras = [
        "%s"
        "postmaster@d"
      ];
      note = "m.d\none of: mail web\n";
      monitor = [
        "mail"
        "web"
      ];
    };
  };
  "nested with another plan" = {
    expr =
      let
        members = run "nested" { plan.stdout = "web"; };
      in
      {
        hosts = builtins.attrNames members.site.members.hosts.members;
        extras = members.site.members.extras.members;
        monitor = members.monitor.resource.inputs.args;
      };
    expected = {
      hosts = [ "web" ];
      extras = { };
      monitor = [
        "%s"
        "watching web"
      ];
    };
  };
  "nested before anything is known" = {
    expr =
      let
        members = run "nested" (throw "not known");
      in
      {
        top = builtins.attrNames members;
        site = builtins.attrNames members.site.members;
        hostsKind = builtins.attrNames members.site.members.hosts;
        domain = members.site.members.domain.resource.inputs.args;
        known = builtins.mapAttrs (_: value: (builtins.tryEval value).success) {
          hosts = builtins.attrNames members.site.members.hosts.members;
          monitor = members.monitor;
        };
      };
    expected = {
      top = [
        "monitor"
        "plan"
        "site"
      ];
      site = [
        "domain"
        "extras"
        "hosts"
      ];
      hostsKind = [ "members" ];
      domain = [
        "%s"
        "example.org"
      ];
      known = {
        hosts = false;
        monitor = false;
      };
    };
  };
  "bench" = {
    expr =
      let
        root = (import ../../examples/bench/root.nix { n = 2; }).rootFunction {
          resourceProviderSystem = "x86_64-linux";
          outputValues."memo-2".value = "v2";
        };
      in
      {
        names = builtins.attrNames root.members;
        inherit (root.members."file-2".resource) inputs;
        inherit (root.members."memo-1".resource) state;
      };
    expected = {
      names = [
        "file-1"
        "file-2"
        "memo-1"
        "memo-2"
        "state"
      ];
      inputs = {
        name = "bench-2.txt";
        contents = "v2";
      };
      state = [ "state" ];
    };
  };
}
