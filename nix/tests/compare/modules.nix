# The module system: what evalModules and its options say.
lib:
let
  inherit (lib) evalModules mkOption types;

  options = {
    _file = "options.nix";
    options = {
      plain = mkOption { };
      number = mkOption {
        type = types.int;
        default = 1;
        example = 2;
        description = "A number.";
      };
      text = mkOption {
        type = types.lines;
        default = "";
        defaultText = lib.literalExpression "nothing";
        apply = value: "<${value}>";
      };
      list = mkOption { type = types.listOf types.int; };
      fixed = mkOption {
        type = types.str;
        readOnly = true;
        internal = true;
        visible = false;
      };
      nested.deep.value = mkOption { type = types.attrsOf types.int; };
      sub = mkOption {
        default = { };
        description = lib.mdDoc or (x: x) "A _submodule_.";
        type = types.attrsOf (
          types.submodule (
            { name, config, ... }:
            {
              options.name = mkOption { default = name; };
              options.twice = mkOption { default = config.name + config.name; };
            }
          )
        );
      };
      enabled = lib.mkEnableOption "the thing";
      package = lib.mkPackageOption { hello = { }; } "hello" { };
    };
  };
  eval = modules: evalModules { modules = [ options ] ++ modules; };
  file = name: config: {
    _file = name;
    inherit config;
  };

  record =
    option:
    {
      inherit (option)
        loc
        isDefined
        highestPrio
        files
        declarations
        ;
      definitions = option.definitions;
      located = map (d: { inherit (d) file value; }) option.definitionsWithLocations;
      text = toString option;
    }
    // (if option.isDefined then { inherit (option) value; } else { });

  try =
    value:
    let
      result = builtins.tryEval (builtins.deepSeq value value);
    in
    if result.success then { inherit (result) value; } else "fails";
in
{
  "options introspection" =
    let
      evaluated = eval [
        (file "a.nix" {
          number = lib.mkDefault 3;
          text = "a";
          list = lib.mkAfter [ 3 ];
          nested.deep.value.x = 1;
        })
        (file "b.nix" {
          number = 4;
          text = lib.mkBefore "b";
          list = [ 1 ];
          nested = lib.mkIf true { deep.value.y = 2; };
        })
        (file "c.nix" { sub.one = { }; sub.two.name = "zwei"; enabled = lib.mkForce true; })
      ];
      o = evaluated.options;
    in
    {
      number = record o.number;
      text = record o.text;
      list = record o.list;
      plain = record o.plain;
      fixed = record o.fixed;
      deep = record o.nested.deep.value;
      enabled = record o.enabled;
      sub = evaluated.config.sub;
      defaultText = o.text.defaultText;
      names = lib.attrNames evaluated;
      package = o.package.defaultText;
    };
  "priorities" =
    lib.mapAttrs
      (
        _: definitions:
        try
          (evalModules {
            modules = [ { options.it = mkOption { default = "default"; }; } ] ++ map (it: { inherit it; }) definitions;
          }).config.it
      )
      {
        none = [ ];
        optionDefault = [ (lib.mkOptionDefault "o") ];
        default = [ (lib.mkDefault "d") ];
        image = [
          (lib.mkDefault "d")
          (lib.mkImageMediaOverride "i")
        ];
        force = [
          "n"
          (lib.mkForce "f")
        ];
        vm = [
          (lib.mkForce "f")
          (lib.mkVMOverride "v")
        ];
        override = [
          (lib.mkOverride 10 "ten")
          (lib.mkOverride 11 "eleven")
        ];
        same = [
          "a"
          "a"
        ];
        conflict = [
          "a"
          "b"
        ];
        nothing = [ (lib.mkIf false "a") ];
        merged = [
          (lib.mkMerge [
            (lib.mkIf false "a")
            (lib.mkDefault "m")
          ])
        ];
        wrapped = [
          (lib.mkForce (lib.mkIf true "inner"))
          (lib.mkIf true (lib.mkOverride 49 "outer"))
        ];
      };
  "order" =
    (evalModules {
      modules = [
        { options.it = mkOption { type = types.listOf types.str; }; }
        { it = lib.mkAfter [ "after" ]; }
        { it = [ "plain" ]; }
        { it = lib.mkOrder 700 [ "seven" ]; }
        { it = lib.mkBefore [ "before" ]; }
        { it = lib.mkMerge [ (lib.mkOrder 2000 [ "last" ]) [ "inside" ] ]; }
      ];
    }).config.it;
  "arguments" =
    (evalModules {
      specialArgs.special = "s";
      prefix = [ "at" "here" ];
      class = "mine";
      modules = [
        (
          { lib, special, options, _class, _prefix, ... }:
          {
            imports = [ { options.class = mkOption { default = _class; }; } ];
            options.it = mkOption { default = [ special _prefix options.it.loc ]; };
          }
        )
        { _module.args.given = "g"; }
        ({ given, ... }: { options.given = mkOption { default = given; }; })
        {
          _class = "mine";
          key = "unique";
          options.once = mkOption { default = 1; };
        }
        {
          _class = "mine";
          key = "unique";
          options.once = mkOption { default = 2; };
        }
      ];
    }).config;
  "freeform" =
    (evalModules {
      modules = [
        {
          freeformType = types.attrsOf types.int;
          options.known = mkOption { default = 1; };
          config.other = 2;
          config.more = lib.mkDefault 3;
        }
      ];
    }).config;
  "disabled" =
    let
      module = {
        key = "gone";
        options.gone = mkOption { default = true; };
      };
      loaded =
        disabled:
        lib.attrNames
          (evalModules {
            modules = [
              module
              { disabledModules = disabled; }
              { options.there = mkOption { default = true; }; }
            ];
          }).config;
    in
    [
      (loaded [ ])
      (loaded [ module ])
      (loaded [ { key = "gone"; } ])
      (loaded [ { key = "other"; } ])
    ];
  "aliases" =
    let
      evaluated = evalModules {
        modules = [
          {
            options.new.name = mkOption { type = types.int; default = 0; };
            options.alias-of = mkOption { type = types.int; default = 5; };
            options.warnings = mkOption { type = types.listOf types.str; default = [ ]; };
            options.assertions = mkOption { type = types.listOf types.unspecified; default = [ ]; };
          }
          (lib.mkRenamedOptionModule [ "old" "name" ] [ "new" "name" ])
          (lib.mkAliasOptionModule [ "alias" ] [ "alias-of" ])
          (lib.mkRemovedOptionModule [ "removed" ] "Use something else.")
          (lib.mkChangedOptionModule [ "changed" ] [ "alias-of" ] (config: config.changed + 1))
          (lib.mkMergedOptionModule [ [ "m" "a" ] [ "m" "b" ] ] [ "merged" ] (config: config.m.a or 0))
          {
            options.merged = mkOption { default = 7; };
          }
          (file "user.nix" {
            old.name = 3;
            removed = 1;
          })
        ];
      };
    in
    {
      inherit (evaluated.config) new alias warnings merged;
      failing = map (a: a.message) (lib.filter (a: !a.assertion) evaluated.config.assertions);
      visible = map (path: (lib.attrByPath path { } evaluated.options).visible or true) [
        [ "old" "name" ]
        [ "alias" ]
        [ "removed" ]
      ];
    };
  "extendModules" =
    let
      base = evalModules {
        modules = [
          {
            options.it = mkOption { type = types.listOf types.int; };
            config.it = [ 1 ];
          }
        ];
      };
    in
    [
      (base.extendModules { modules = [ { it = [ 2 ]; } ]; }).config.it
      base.config.it
      (base.extendModules { prefix = [ "p" ]; }).options.it.loc
      base.type.description
      base.class
    ];
  "documentation" = map (
    # The words are our own.
    o: removeAttrs o ([ "declarations" ] ++ lib.optional (lib.elem "_module" o.loc) "description")
  ) (lib.optionAttrSetToDocList (eval [ ]).options);
  "declarations merge" =
    let
      merged =
        a: b:
        try
          (evalModules {
            modules = [
              { options.it = mkOption a; }
              { options.it = mkOption b; }
            ];
          }).options.it.type.description;
    in
    [
      (merged { type = types.enum [ 1 ]; } { type = types.enum [ 2 ]; })
      (merged { type = types.int; } { type = types.str; })
      (merged { type = types.listOf types.int; } { type = types.listOf types.int; })
      (merged { type = types.submodule { options.a = mkOption { }; }; } { type = types.submodule { options.b = mkOption { }; }; })
      (merged { default = 1; } { default = 2; })
      (merged { type = types.nullOr types.int; } { type = types.nullOr types.int; })
    ];
}
