# Components inside components, three levels deep, and structure that depends on outputs.
#
#   nixops4 apply --file examples/nested/nixops4.nix
#   nixops4 members list --file examples/nested/nixops4.nix
#
# `plan` prints which members there shall be; NixOps finds them when it has run.
let
  nixops4 = import <nixops4> { };
in
nixops4.lib.mkRoot {
  modules = [
    (
      # `root` is the module argument of the outermost component. Components inside have their own, so
      # give it another name to refer upward.
      {
        lib,
        members,
        providers,
        ...
      }:
      let
        root = members;
        inherit (providers.local) exec file;
        print = text: {
          type = exec;
          inputs.executable = "printf";
          inputs.args = [
            "%s"
            text
          ];
        };
        plan = lib.splitString " " root.plan.outputs.stdout;
      in
      {
        providers.local = nixops4.modules.nixops4Provider.local;

        members.plan = print "mail web";

        members.site =
          { members, ... }:
          let
            site = members;
          in
          {
            members.domain = print "example.org";

            members.hosts = {
              # A member for each word that the plan printed.
              members = lib.genAttrs plan (name: {
                # The third level: it refers to its own sibling, upward, and across.
                members.address = print "${name}.${site.domain.outputs.stdout}";
                members.note = {
                  type = file;
                  inputs.name = "nested-${name}.txt";
                  inputs.contents = ''
                    ${site.hosts.members.${name}.members.address.outputs.stdout}
                    one of: ${root.plan.outputs.stdout}
                  '';
                };
              });
            };

            # Exists only if the plan says so.
            members.extras.members = lib.mkIf (lib.elem "mail" plan) {
              postmaster = print "postmaster@${site.domain.outputs.stdout}";
            };
          };

        # One resource, or several: the plan decides.
        members.monitor =
          if lib.length plan == 1 then
            print "watching ${lib.head plan}"
          else
            { members = lib.genAttrs plan (name: print "watching ${name}"); };
      }
    )
  ];
}
