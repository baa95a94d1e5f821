# A command and a file that holds what the command printed.
#
#   nixops4 apply --file examples/hello/nixops4.nix
#   cat hello.txt
let
  nixops4 = import <nixops4> { };
in
nixops4.lib.mkRoot {
  modules = [
    (
      { members, providers, ... }:
      {
        providers.local = nixops4.modules.nixops4Provider.local;

        members.greeting = {
          type = providers.local.exec;
          inputs.executable = "sh";
          inputs.args = [
            "-c"
            "printf 'Hello, world!\\n'"
          ];
        };

        members."hello.txt" = {
          type = providers.local.file;
          inputs.name = "hello.txt";
          # NixOps runs the command first, because the file needs its output.
          inputs.contents = members.greeting.outputs.stdout;
        };
      }
    )
  ];
}
