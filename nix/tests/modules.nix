# evalModules: what definitions become, and what modules can be made of.
let
  inherit (import ./subject) lib;
  inherit (lib) std;
  inherit (std)
    evalModules
    mkAfter
    mkBefore
    mkDefault
    mkForce
    mkIf
    mkMerge
    mkOption
    mkOrder
    mkOverride
    types
    ;

  eval = modules: evalModules { inherit modules; };
  config = modules: (eval modules).config;

  option = type: mkOption { inherit type; };
  intOption = {
    options.x = option types.int;
  };
  listOption = {
    options.xs = option (types.listOf types.str);
  };
  nested = {
    options.a.b.c = mkOption {
      type = types.int;
      default = 1;
    };
    options.a.d = mkOption {
      type = types.int;
      default = 2;
    };
  };
in
{
  "no modules" = {
    expr = config [ ];
    expected = { };
  };
  "default" = {
    expr = config [ nested ];
    expected = {
      a.b.c = 1;
      a.d = 2;
    };
  };
  "definition beats default" = {
    expr = config [
      nested
      { a.b.c = 5; }
    ];
    expected = {
      a.b.c = 5;
      a.d = 2;
    };
  };
  "options depend on each other" = {
    expr = config [
      nested
      (
        { config, ... }:
        {
          a.d = config.a.b.c + 1;
        }
      )
    ];
    expected = {
      a.b.c = 1;
      a.d = 2;
    };
  };
  "equal definitions are one" = {
    expr = config [
      intOption
      { x = 3; }
      { x = 3; }
    ];
    expected.x = 3;
  };

  # Properties
  "mkDefault loses, mkForce wins" = {
    expr = config [
      intOption
      { x = mkDefault 1; }
      { x = 2; }
      { x = mkForce 3; }
    ];
    expected.x = 3;
  };
  "mkOverride by number" = {
    expr = config [
      intOption
      { x = mkOverride 90 1; }
      { x = mkOverride 80 2; }
    ];
    expected.x = 2;
  };
  "mkIf false is no definition" = {
    expr = config [
      intOption
      { x = mkIf false 1; }
      { x = mkIf true 2; }
    ];
    expected.x = 2;
  };
  "mkIf around a module's config" = {
    expr = config [
      nested
      (
        { config, ... }:
        {
          config = mkIf (config.a.d == 2) { a.b.c = 7; };
        }
      )
    ];
    expected = {
      a.b.c = 7;
      a.d = 2;
    };
  };
  "mkIf as a module" = {
    expr = config [
      intOption
      (mkIf true { x = 4; })
    ];
    expected.x = 4;
  };
  "mkMerge, nested in mkIf and mkForce" = {
    expr = config [
      listOption
      {
        xs = mkMerge [
          [ "a" ]
          (mkIf true (mkMerge [
            [ "b" ]
            [ "c" ]
          ]))
        ];
      }
    ];
    expected.xs = [
      "a"
      "b"
      "c"
    ];
  };
  "order" = {
    expr = config [
      listOption
      { xs = mkAfter [ "last" ]; }
      { xs = [ "middle" ]; }
      { xs = mkBefore [ "first" ]; }
      { xs = mkOrder 100 [ "very first" ]; }
    ];
    expected.xs = [
      "very first"
      "first"
      "middle"
      "last"
    ];
  };
  "mkForce pushed down from a set" = {
    expr = config [
      nested
      { a.b.c = 5; }
      {
        config.a = mkForce {
          b.c = 6;
          d = 7;
        };
      }
    ];
    expected = {
      a.b.c = 6;
      a.d = 7;
    };
  };
  "mkForce keeps the order inside" = {
    expr = config [
      listOption
      { xs = [ "gone" ]; }
      { xs = mkForce [ "b" ]; }
      { xs = mkForce (mkBefore [ "a" ]); }
    ];
    expected.xs = [
      "a"
      "b"
    ];
  };

  # Modules
  "list definitions merge with imports first" = {
    expr = config [
      {
        imports = [
          { xs = [ "one" ]; }
          {
            imports = [ { xs = [ "deep" ]; } ];
            xs = [ "two" ];
          }
        ];
        options.xs = option (types.listOf types.str);
        config.xs = [ "root" ];
      }
      { xs = [ "second" ]; }
    ];
    expected.xs = [
      "deep"
      "two"
      "one"
      "second"
      "root"
    ];
  };
  "a function with arguments from everywhere" = {
    expr =
      (evalModules {
        specialArgs.special = 1;
        prefix = [ "here" ];
        class = "kind";
        modules = [
          { _module.args.late = 2; }
          (
            {
              lib,
              options,
              special,
              late,
              _prefix ? [ "here" ],
              _class ? "kind",
              ...
            }:
            {
              options.out = mkOption { };
              config.out = [
                special
                late
                _prefix
                _class
                options.out.loc
                (lib ? mkOption)
              ];
            }
          )
        ];
      }).config.out;
    expected = [
      1
      2
      [ "here" ]
      "kind"
      [
        "here"
        "out"
      ]
      true
    ];
  };
  "the same key once" = {
    expr = config [
      listOption
      {
        key = "k";
        config.xs = [ "once" ];
      }
      {
        key = "k";
        config.xs = [ "once" ];
      }
    ];
    expected.xs = [ "once" ];
  };
  "disabledModules by key" = {
    expr = config [
      listOption
      {
        key = "off";
        config.xs = [ "off" ];
      }
      {
        disabledModules = [ { key = "off"; } ];
        xs = [ "on" ];
      }
    ];
    expected.xs = [ "on" ];
  };
  "_file names a module in options" = {
    expr =
      (eval [
        intOption
        {
          _file = "here.nix";
          x = 1;
        }
      ]).options.x.files;
    expected = [ "here.nix" ];
  };
  "two modules declare options in one set" = {
    expr = config [
      { options.s.a = mkOption { default = 1; }; }
      { options.s.b = mkOption { default = 2; }; }
    ];
    expected.s = {
      a = 1;
      b = 2;
    };
  };
  "enums of two declarations join" = {
    expr = config [
      { options.e = option (types.enum [ "a" ]); }
      { options.e = option (types.enum [ "b" ]); }
      { e = "b"; }
    ];
    expected.e = "b";
  };
  "extendModules" = {
    expr =
      ((eval [
        intOption
        { x = mkDefault 1; }
      ]).extendModules
        { modules = [ { x = 2; } ]; }
      ).config;
    expected.x = 2;
  };
  "type of a configuration" = {
    expr = config [
      {
        options.sub = option (eval [ intOption ]).type;
        config.sub.x = 3;
      }
    ];
    expected.sub.x = 3;
  };

  # Freeform
  "freeform" = {
    expr = config [
      {
        freeformType = types.attrsOf types.int;
        options.known = mkOption { default = "k"; };
      }
      { other = 1; }
    ];
    expected = {
      known = "k";
      other = 1;
    };
  };
  "freeform inside a declared set" = {
    expr = config [
      {
        freeformType = types.lazyAttrsOf types.anything;
        options.s.known = mkOption { default = 1; };
      }
      { s.other = 2; }
    ];
    expected.s = {
      known = 1;
      other = 2;
    };
  };
  "check off" = {
    expr = config [
      { _module.check = false; }
      { unknown = 1; }
    ];
    expected = { };
  };

  # Introspection
  "what options say of themselves" = {
    expr =
      let
        inherit
          (eval [
            {
              _file = "decl.nix";
              options.x = mkOption {
                type = types.int;
                default = 1;
                description = "A number.";
              };
              options.y = option types.int;
            }
            {
              _file = "def.nix";
              x = mkForce 2;
            }
          ])
          options
          ;
      in
      {
        inherit (options.x)
          declarations
          definitions
          definitionsWithLocations
          description
          files
          highestPrio
          isDefined
          loc
          value
          ;
        type = options.x.type.name;
        shown = "${options.x}";
        y = options.y.isDefined;
      };
    expected = {
      declarations = [ "decl.nix" ];
      definitions = [ 2 ];
      definitionsWithLocations = [
        {
          file = "def.nix";
          value = 2;
        }
      ];
      description = "A number.";
      files = [ "def.nix" ];
      highestPrio = 50;
      isDefined = true;
      loc = [ "x" ];
      value = 2;
      type = "int";
      shown = "x";
      y = false;
    };
  };
  "a default counts as defined" = {
    expr = { inherit ((eval [ nested ]).options.a.d) isDefined highestPrio; };
    expected = {
      isDefined = true;
      highestPrio = 1500;
    };
  };
  "apply" = {
    expr = config [
      {
        options.x = mkOption {
          type = types.int;
          apply = x: x * 10;
        };
        config.x = 4;
      }
    ];
    expected.x = 40;
  };

  # Renaming
  "alias" = {
    expr = config [
      (std.mkAliasOptionModule [ "old" ] [ "x" ])
      intOption
      { old = 5; }
    ];
    expected = {
      x = 5;
      old = 5;
    };
  };
  "alias keeps the priority" = {
    expr =
      (config [
        (std.mkAliasOptionModule [ "old" ] [ "x" ])
        intOption
        { old = mkForce 5; }
        { x = 6; }
      ]).x;
    expected = 5;
  };
  "rename warns" = {
    expr =
      (config [
        (std.mkRenamedOptionModule [ "old" ] [ "new" "x" ])
        {
          options.new = {
            inherit (intOption.options) x;
          };
          options.warnings = option (types.listOf types.str);
        }
        {
          _file = "user.nix";
          old = 5;
        }
      ]).warnings;
    expected = [ "The option `old' defined in `user.nix' has been renamed to `new.x'." ];
  };
  "removed asserts" = {
    expr =
      (config [
        (std.mkRemovedOptionModule [ "gone" ] "Use x.")
        { options.assertions = mkOption { type = types.listOf types.attrs; }; }
      ]).assertions;
    expected = [
      {
        assertion = true;
        message = ''
          The option definition `gone' in  no longer has any effect; please remove it.
          Use x.
        '';
      }
    ];
  };
  "merged options" = {
    expr =
      (config [
        (std.mkMergedOptionModule [ [ "a" ] [ "b" ] ] [ "c" ] (config: "${config.a}${config.b}"))
        {
          options.c = option types.str;
          options.warnings = option types.raw;
        }
        {
          a = "x";
          b = "y";
        }
      ]).c;
    expected = "xy";
  };
}
