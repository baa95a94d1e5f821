# The local provider: files, commands and remembered values on the machine that runs nixops4.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ../components/resource.nix { inherit lib; }) argType;
in
{
  _class = "nixops4Provider";

  name = "Local Provider";
  description = ''
    Resources on the machine that runs nixops4: files, commands, remembered values and state files.

    Most resources are one object in the world, reached over the network. These are not: run from another
    machine, `file` is another file.
  '';
  sourceBaseUrl = "https://github.com/nixops4/nixops4/tree/main";
  sourceName = "nixops4";

  # Part of the nixops4 program, which knows it by this name.
  executable = "builtin:local";

  resourceTypes.file = {
    description = ''
      A file with the given contents.
    '';
    requireState = false;
    inputs.options = {
      name = mkOption {
        type = types.str;
        description = ''
          The path of the file. A relative path starts at the directory where nixops4 runs.
        '';
      };
      contents = mkOption {
        type = types.str;
        description = ''
          What is written to the file.
        '';
      };
    };
    outputs.options = { };
  };

  resourceTypes.exec = {
    description = ''
      A command that is run, and what it prints.

      The command must be idempotent: it is run on every apply, unless `once` is set.
    '';
    requireState = false;
    inputs.options = {
      executable = mkOption {
        type = types.str;
        example = "/bin/sh";
        description = ''
          The program to run: a path, or a name that is looked up in `PATH`.
        '';
      };
      args = mkOption {
        type = types.listOf argType;
        default = [ ];
        description = ''
          Its arguments. Numbers become text; a path is copied to the Nix store.
        '';
      };
      stdin = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = ''
          What the command reads from its standard input; null for nothing.
        '';
      };
      once = mkOption {
        type = types.bool;
        default = false;
        description = ''
          Run the command only when the resource is created and keep what it printed then, whatever the
          inputs become. This needs `state` to be set. See also the type `memo`.
        '';
      };
      check = mkOption {
        type = types.listOf argType;
        default = [ ];
        example = [ "test" "-e" "/var/lib/app" ];
        description = ''
          A program and its arguments, run to find out whether what the command did is still there: with exit
          status 0 it is, with another one it is gone, so that `drift` tells and `apply --refresh` runs the
          command anew. Without it, a command that was run once counts as done.
        '';
      };
    };
    methods.rerun = {
      description = "Run the command again, also one that runs once only.";
      result = "What the command wrote to its standard output. It is the output from now on.";
    };
    outputs.options = {
      stdout = mkOption {
        type = types.str;
        description = ''
          What the command wrote to its standard output.
        '';
      };
    };
  };

  resourceTypes.memo = {
    description = ''
      A value that is remembered: it keeps the value that it was created with, whatever
      `initialize_with` becomes later.

      Use it for what must stay constant during the lifetime of a deployment, such as a generated name,
      the `system.stateVersion` of a NixOS host or the version of a first database schema.
    '';
    requireState = true;
    inputs.options = {
      initialize_with = mkOption {
        type = types.anything;
        description = ''
          The first value. Changes to it have no effect on a memo that exists.
        '';
      };
    };
    methods.reset = {
      description = "Give the memo another value.";
      arguments.options.value = mkOption {
        type = types.anything;
        default = null;
        description = "The value; without it, `initialize_with` as it is recorded.";
      };
      result = "The value that the memo had.";
    };
    outputs.options = {
      value = mkOption {
        type = types.anything;
        description = ''
          The value of `initialize_with` at the time the memo was created.
        '';
      };
    };
  };

  resourceTypes.state_file = {
    description = ''
      A state provider: a JSON file that remembers other resources, when their `state` refers to it.

      The file is a log of changes in the form of JSON Patch (RFC 6902), so that it also tells how the
      state came about.
    '';
    requireState = false;
    inputs.options = {
      name = mkOption {
        type = types.str;
        description = ''
          The path of the file. A relative path starts at the directory where nixops4 runs.
        '';
      };
    };
    methods.compact = {
      description = "Put one event in the place of all, and keep a copy of the log.";
      result = "The name of the copy.";
    };
    methods.verify = {
      description = "Read all of the log, and count.";
      result = "The numbers of events, resources and unfinished operations.";
    };
    outputs.options = { };
  };
}
