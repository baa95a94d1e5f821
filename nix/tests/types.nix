# Types: what they accept, and what several definitions become.
let
  inherit (import ./subject) lib;
  inherit (lib) std;
  inherit (std)
    mkDefault
    mkForce
    mkIf
    mkOption
    types
    ;

  # The value of an option of `type` with these definitions.
  merge =
    type: defs:
    (std.evalModules {
      modules = [ { options.v = mkOption { inherit type; }; } ] ++ map (v: { inherit v; }) defs;
    }).config.v;
  accepts = type: map type.check;

  person = types.submodule (
    { name, ... }:
    {
      options.name = mkOption {
        type = types.str;
        default = name;
      };
      options.age = mkOption { type = types.int; };
    }
  );
in
{
  "scalars" = {
    expr = {
      bool = accepts types.bool [ true 1 ];
      int = accepts types.int [ 1 1.5 ];
      float = accepts types.float [ 1 1.5 ];
      number = accepts types.number [ 1 1.5 "1" ];
      str = accepts types.str [ "a" ./. null ];
      nonEmptyStr = accepts types.nonEmptyStr [ "a" " \n" ];
      singleLine = accepts types.singleLineStr [ "a\n" "a\nb" ];
      port = accepts types.port [ 0 65535 65536 (-1) ];
      positive = accepts types.ints.positive [ 0 1 ];
      unsigned = accepts types.ints.unsigned [ 0 (-1) ];
      between = accepts (types.ints.between 3 5) [ 2 3 5 6 ];
      s8 = accepts types.ints.s8 [ (-129) (-128) 127 128 ];
      matching = accepts (types.strMatching "[a-z]+") [ "abc" "a1" ];
      enum = accepts (types.enum [ "a" 1 null ]) [ "a" 1 null "b" ];
      path = accepts types.path [ ./. "/a" "a" 1 ];
    };
    expected = {
      bool = [ true false ];
      int = [ true false ];
      float = [ false true ];
      number = [ true true false ];
      str = [ true false false ];
      nonEmptyStr = [ true false ];
      singleLine = [ true false ];
      port = [ true true false false ];
      positive = [ false true ];
      unsigned = [ true false ];
      between = [ false true true false ];
      s8 = [ false true true false ];
      matching = [ true false ];
      enum = [ true true true false ];
      path = [ true true false false ];
    };
  };
  "strings join" = {
    expr = {
      lines = merge types.lines [ "a" "b" ];
      commas = merge types.commas [ "a" "b" ];
      separated = merge (types.separatedString " + ") [ "a" "b" ];
    };
    expected = {
      lines = "b\na";
      commas = "b,a";
      separated = "b + a";
    };
  };
  "boolByOr" = {
    expr = merge types.boolByOr [ false true ];
    expected = true;
  };
  "descriptions" = {
    expr = map (type: type.description) [
      (types.listOf types.str)
      (types.attrsOf (types.nullOr types.int))
      (types.nullOr (types.listOf types.str))
      (types.either types.int (types.listOf types.str))
      (types.oneOf [ types.int types.str types.bool ])
      (types.enum [ "a" 2 true ])
      (types.enum [ "a" ])
      (types.coercedTo types.int toString types.str)
      (types.functionTo types.str)
      types.port
      types.json
      (types.lazyAttrsOf types.ints.positive)
      (types.nonEmptyListOf types.str)
      (types.uniq types.str)
    ];
    expected = [
      "list of string"
      "attribute set of (null or signed integer)"
      "null or (list of string)"
      "signed integer or list of string"
      "signed integer or string or boolean"
      "one of \"a\", 2, true"
      "value \"a\" (singular enum)"
      "string or signed integer convertible to it"
      "function that evaluates to a(n) string"
      "16 bit unsigned integer; between 0 and 65535 (both inclusive)"
      "JSON value"
      "lazy attribute set of (positive integer, meaning >0)"
      "non-empty (list of string)"
      "string"
    ];
  };

  "listOf drops what is not defined" = {
    expr = merge (types.listOf types.int) [
      [ 1 (mkIf false 2) (mkIf true 3) ]
    ];
    expected = [ 1 3 ];
  };
  "attrsOf drops what is not defined" = {
    expr = merge (types.attrsOf types.int) [
      {
        a = 1;
        b = mkIf false 2;
      }
    ];
    expected.a = 1;
  };
  "lazyAttrsOf keeps the name and uses the empty value" = {
    expr = merge (types.lazyAttrsOf (types.nullOr types.int)) [
      {
        a = 1;
        b = mkIf false 2;
      }
    ];
    expected = {
      a = 1;
      b = null;
    };
  };
  "attrsOf merges by name, with priorities" = {
    expr = merge (types.attrsOf types.int) [
      {
        a = mkDefault 1;
        b = 2;
      }
      { a = 3; }
      { b = mkForce 4; }
    ];
    expected = {
      a = 3;
      b = 4;
    };
  };
  "anything merges sets and functions" = {
    expr =
      let
        merged = merge types.anything [
          {
            a.x = 1;
            f = n: { left = n; };
          }
          {
            a.y = 2;
            f = n: { right = n + 1; };
          }
        ];
      in
      {
        inherit (merged) a;
        f = merged.f 1;
      };
    expected = {
      a = {
        x = 1;
        y = 2;
      };
      f = {
        left = 1;
        right = 2;
      };
    };
  };
  "attrs is shallow" = {
    expr = merge types.attrs [
      { a.x = 1; }
      { a.y = 2; }
    ];
    expected.a.x = 1;
  };
  "functionTo merges results" = {
    expr = merge (types.functionTo (types.listOf types.int)) [
      (n: [ n ])
      (n: [ (n + 1) ])
    ] 5;
    expected = [ 6 5 ];
  };

  "submodule" = {
    expr = merge (types.attrsOf person) [
      { ann.age = 30; }
      { bob.age = 40; }
      { bob = { ... }: { name = "Robert"; }; }
    ];
    expected = {
      ann = {
        age = 30;
        name = "ann";
      };
      bob = {
        age = 40;
        name = "Robert";
      };
    };
  };
  "submodule from a function that declares more" = {
    expr = merge (types.submodule { options.a = mkOption { default = 1; }; }) [
      (
        { config, ... }:
        {
          options.b = mkOption { default = config.a + 1; };
        }
      )
      { a = 5; }
    ];
    expected = {
      a = 5;
      b = 6;
    };
  };
  "submodule of functions that import, with a set and a function as values" = {
    expr = merge (types.submodule (
      { config, ... }:
      {
        imports = [ { xs = [ "import" ]; } ];
        options.xs = mkOption { type = types.listOf types.str; };
      }
    )) [
      { xs = [ "set" ]; }
      (
        { ... }:
        {
          xs = [ "function" ];
        }
      )
    ];
    expected.xs = [
      "import"
      "function"
      "set"
    ];
  };
  "submodules of two declarations join" = {
    expr =
      (std.evalModules {
        modules = [
          { options.s = mkOption { type = types.submodule { options.a = mkOption { default = 1; }; }; }; }
          { options.s = mkOption { type = types.submodule { options.b = mkOption { default = 2; }; }; }; }
          { s = { }; }
        ];
      }).config.s;
    expected = {
      a = 1;
      b = 2;
    };
  };
  "options below a submodule option" = {
    expr =
      (std.evalModules {
        modules = [
          { options.s = mkOption { type = types.submodule { options.a = mkOption { default = 1; }; }; }; }
          { options.s.b = mkOption { default = 2; }; }
          { s = { }; }
        ];
      }).config.s;
    expected = {
      a = 1;
      b = 2;
    };
  };
  "submoduleWith specialArgs" = {
    expr = merge (types.submoduleWith {
      specialArgs.given = 7;
      modules = [
        (
          { given, ... }:
          {
            options.x = mkOption { default = given; };
          }
        )
      ];
    }) [ { } ];
    expected.x = 7;
  };
  "submodule's empty value" = {
    expr = merge (types.submodule { options.a = mkOption { default = 1; }; }) [ ];
    expected.a = 1;
  };
  "deferredModule" = {
    expr =
      (std.evalModules {
        modules = [
          (merge types.deferredModule [
            { options.a = mkOption { default = 1; }; }
            { config.a = 2; }
          ])
        ];
      }).config;
    expected.a = 2;
  };

  "nullOr" = {
    expr = [
      (merge (types.nullOr types.int) [ null ])
      (merge (types.nullOr types.int) [ ])
      (merge (types.nullOr types.int) [ 3 ])
    ];
    expected = [ null null 3 ];
  };
  "either prefers the left" = {
    expr = merge (types.either (types.listOf types.int) types.int) [ 3 ];
    expected = 3;
  };
  "coercedTo" = {
    expr = merge (types.listOf (types.coercedTo types.int toString types.str)) [
      [ 1 "two" ]
    ];
    expected = [ "1" "two" ];
  };
  "attrTag" = {
    expr = merge (types.attrTag {
      file = mkOption { type = types.str; };
      port = mkOption {
        type = types.int;
        apply = n: n + 1;
      };
    }) [ { port = 1; } ];
    expected.port = 2;
  };
  "addCheck" = {
    expr = accepts (types.addCheck types.int (n: n > 3)) [ 2 4 "x" ];
    expected = [ false true false ];
  };
  "unique" = {
    expr = merge (types.uniq types.int) [ 1 ];
    expected = 1;
  };
  "json" = {
    expr = merge types.json [
      {
        a = [ 1 "x" null ];
        b.c = true;
      }
    ];
    expected = {
      a = [ 1 "x" null ];
      b.c = true;
    };
  };
  "typeMerge" = {
    expr =
      let
        name = a: b: (types.mergeTypes a b).name or "error";
      in
      [
        (name types.str types.str)
        (name types.str types.int)
        (name (types.listOf types.int) (types.listOf types.int))
        (name (types.listOf types.int) (types.listOf types.str))
        (name (types.enum [ 1 ]) (types.enum [ 2 ]))
      ];
    expected = [ "str" "error" "listOf" "error" "enum" ];
  };
}
