# What the module system says about mistakes. `error` is a regular expression.
let
  inherit (import ./subject) lib;
  inherit (lib) std;
  inherit (std) mkIf mkOption types;

  config = modules: (std.evalModules { inherit modules; }).config;
  typed = type: { options.x = mkOption { inherit type; }; };
  wrong =
    type: value:
    config [
      (typed type)
      {
        _file = "user.nix";
        x = value;
      }
    ];
in
{
  "unknown option" = {
    expr = config [
      (typed types.int)
      {
        _file = "user.nix";
        y = 1;
      }
    ];
    error = "The option `y' does not exist\\. Definition values:\n *- In `user\\.nix': 1\n+ *Did you mean `x'\\?";
  };
  "unknown option in a set" = {
    expr = config [
      { options.server.enable = mkOption { default = false; }; }
      { server.enabel = true; }
    ];
    error = "The option `server\\.enabel' does not exist\\.[^?]*Did you mean `server\\.enable'\\?";
  };
  "unknown option in a submodule" = {
    expr =
      (config [
        { options.s = mkOption { type = types.attrsOf (types.submodule { options.port = mkOption { default = 1; }; }); }; }
        { s.web.prot = 1; }
      ]).s.web;
    error = "The option `s\\.web\\.prot' does not exist";
  };
  "no options at all" = {
    expr = config [ { y = 1; } ];
    error = "It seems as if you're trying to declare an option by placing it into `config' rather than `options'!";
  };
  "wrong type" = {
    expr = wrong types.int "one";
    error = "A definition for option `x' is not of type `signed integer'\\. Definition values:\n *- In `user\\.nix': \"one\"";
  };
  "wrong type in a list" = {
    expr = wrong (types.listOf types.int) [
      1
      "two"
    ];
    error = "A definition for option `x\\.\"\\[definition 1-entry 2\\]\"' is not of type `signed integer'";
  };
  "wrong type in a set" = {
    expr = wrong (types.attrsOf types.int) { a = "b"; };
    error = "A definition for option `x\\.a' is not of type `signed integer'";
  };
  "a set where a list must be" = {
    expr = wrong (types.listOf types.int) { };
    error = "A definition for option `x' is not of type `list of signed integer'\\. TypeError: Definition values:\n *- In `user\\.nix': \\{ \\}";
  };
  "long values are cut" = {
    expr = wrong types.int (std.genAttrs [ "a" "b" "c" "d" "e" "f" ] (_: 1));
    error = "- In `user\\.nix':\n *\\{\n *a = 1;\n *b = 1;\n *c = 1;\n *d = 1;\n *\\.\\.\\.";
  };
  "not an enum value" = {
    expr = wrong (types.enum [ "a" "b" ]) "c";
    error = "A definition for option `x' is not of type `one of \"a\", \"b\"'";
  };
  "conflict" = {
    expr = config [
      (typed types.int)
      {
        _file = "a.nix";
        x = 1;
      }
      {
        _file = "b.nix";
        x = 2;
      }
    ];
    error = "The option `x' has conflicting definition values:\n *- In `b\\.nix': 2\n *- In `a\\.nix': 1\n *Use `lib\\.mkForce value` or `lib\\.mkDefault value` to change the priority";
  };
  "unique" = {
    expr = config [
      (typed types.raw)
      { x = 1; }
      { x = 1; }
    ];
    error = "The option `x' is defined multiple times while it's expected to be unique\\.";
  };
  "no value" = {
    expr = config [ (typed types.int) ];
    error = "The option `x' was accessed but has no value defined\\. Try setting the option\\.";
  };
  "read-only" = {
    expr = config [
      {
        options.x = mkOption {
          readOnly = true;
          default = 1;
        };
      }
      { x = 2; }
    ];
    error = "The option `x' is read-only, but it's set multiple times\\. Definition values:";
  };
  "declared twice" = {
    expr =
      (config [
        {
          _file = "a.nix";
          options.x = mkOption { type = types.int; };
        }
        {
          _file = "b.nix";
          options.x = mkOption { type = types.str; };
        }
        { x = 1; }
      ]).x;
    error = "The option `x' in `a\\.nix' is already declared in `b\\.nix'\\.";
  };
  "option above options" = {
    expr = config [
      { options.x = mkOption { type = types.int; }; }
      {
        _file = "below.nix";
        options.x.y = mkOption { };
      }
    ];
    error = "would be a parent of the following options, but its type `signed integer' does not support nested options\\.\n *- option\\(s\\) with prefix `x\\.y' in module `below\\.nix'";
  };
  "a type where an option must be" = {
    expr = config [ { options.x = types.int; } ];
    error = "expected an option declaration at option path `x` but got an attribute set with type option-type";
  };
  "mkIf without a boolean" = {
    expr = wrong types.int (mkIf "yes" 1);
    error = "mkIf’ called with a non-Boolean condition";
  };
  "config where options stand" = {
    expr = config [
      {
        options.x = mkOption { };
        x = 1;
      }
    ];
    error = "has an unsupported attribute `x'\\. This is caused by introducing a top-level `config' or `options' attribute";
  };
  "a value where a set must be" = {
    expr = config [
      { options.s.a = mkOption { default = 1; }; }
      {
        _file = "user.nix";
        s = true;
      }
    ];
    error = "In module `user\\.nix', you're trying to define a value of type `bool'\n *rather than an attribute set for the option\n *`s'!";
  };
  "wrong class" = {
    expr =
      (std.evalModules {
        class = "cat";
        modules = [
          {
            _file = "dog.nix";
            _class = "dog";
          }
        ];
      }).config;
    error = "The module `dog\\.nix` \\(class: \"dog\"\\) cannot be imported into a module evaluation that expects class \"cat\"";
  };
  "a list in imports" = {
    expr = config [ { imports = [ [ { } ] ]; } ];
    error = "Module imports can't be nested lists\\.";
  };
  "a configuration in imports" = {
    expr = config [ (std.evalModules { modules = [ ]; }) ];
    error = "Expected a module, but found a value of type";
  };
  "an argument that nobody gives" = {
    expr = config [
      (
        { nobody, ... }:
        {
          options.x = mkOption { default = nobody; };
        }
      )
    ];
    error = "attribute 'nobody' missing";
  };
  "null and not null" = {
    expr = config [
      (typed (types.nullOr types.int))
      { x = null; }
      { x = 1; }
    ];
    error = "The option `x` is defined both null and not null";
  };
  "removed option" = {
    expr =
      (config [
        (std.mkRemovedOptionModule [ "gone" ] "Use x.")
        { options.assertions = mkOption { type = types.raw; }; }
        { gone = 1; }
      ]).gone;
    error = "The option `gone' can no longer be used since it's been removed\\. Use x\\.";
  };
}
