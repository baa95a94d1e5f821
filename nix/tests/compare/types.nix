# Every type with every sample value: what comes out, or that it is refused. Also what types say of themselves.
lib:
let
  inherit (lib) types;

  all = {
    inherit (types)
      anything
      attrs
      bool
      boolByOr
      commas
      deferredModule
      envVar
      externalPath
      float
      int
      lines
      nonEmptyStr
      number
      package
      path
      pathInStore
      port
      raw
      shellPackage
      singleLineStr
      str
      unspecified
      ;
    "ints.between" = types.ints.between 2 5;
    "ints.positive" = types.ints.positive;
    "ints.s16" = types.ints.s16;
    "ints.s8" = types.ints.s8;
    "ints.u8" = types.ints.u8;
    "ints.unsigned" = types.ints.unsigned;
    "numbers.between" = types.numbers.between 2 5;
    "numbers.nonnegative" = types.numbers.nonnegative;
    "numbers.positive" = types.numbers.positive;
    "addCheck" = types.addCheck types.int (x: x > 2);
    "attrTag" = types.attrTag {
      a = lib.mkOption { type = types.int; };
      b = lib.mkOption { type = types.str; };
    };
    "attrsOf int" = types.attrsOf types.int;
    "attrsOf (attrsOf str)" = types.attrsOf (types.attrsOf types.str);
    "coercedTo" = types.coercedTo types.int toString types.str;
    "deferredModuleWith" = types.deferredModuleWith { staticModules = [ ]; };
    "either" = types.either types.int types.str;
    "either list" = types.either (types.listOf types.int) (types.attrsOf types.int);
    "enum" = types.enum [
      1
      "a"
      true
    ];
    "enum one" = types.enum [ "a" ];
    "enum none" = types.enum [ ];
    "functionTo" = types.functionTo types.int;
    "lazyAttrsOf" = types.lazyAttrsOf types.int;
    "attrsWith" = types.attrsWith {
      elemType = types.int;
      lazy = true;
      placeholder = "which";
    };
    "listOf int" = types.listOf types.int;
    "listOf submodule" = types.listOf (types.submodule { options.a = lib.mkOption { default = 0; }; });
    "nonEmptyListOf" = types.nonEmptyListOf types.int;
    "nullOr" = types.nullOr types.int;
    "nullOr enum" = types.nullOr (types.enum [ "a" ]);
    "oneOf" = types.oneOf [
      types.int
      types.bool
      (types.listOf types.str)
    ];
    "passwdEntry" = types.passwdEntry types.str;
    "pathWith" = types.pathWith { absolute = false; };
    "pathWith store" = types.pathWith { inStore = false; absolute = true; };
    "separatedString" = types.separatedString "+";
    "strMatching" = types.strMatching "[a-c]+";
    "submodule" = types.submodule { options.a = lib.mkOption { type = types.int; default = 0; }; };
    "submodule freeform" = types.submodule { freeformType = types.attrsOf types.int; };
    "submoduleWith" = types.submoduleWith {
      modules = [ { options.a = lib.mkOption { default = 0; }; } ];
      shorthandOnlyDefinesConfig = true;
    };
    "uniq" = types.uniq types.int;
    "unique" = types.unique { message = "only one"; } types.int;
  };

  samples = {
    null = null;
    true = true;
    zero = 0;
    three = 3;
    negative = -1;
    large = 70000;
    float = 2.5;
    empty = "";
    text = "abc";
    lines = "a\nb";
    colon = "a:b";
    path = "/etc/x";
    storePath = "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-x";
    emptyList = [ ];
    ints = [ 1 2 ];
    strings = [ "a" "b" ];
    sets = [ { a = 1; } ];
    emptySet = { };
    a = { a = 1; };
    b = { b = "x"; };
    ab = { a = 1; b = "x"; };
    nested = { a.b = "x"; };
  };

  evaluated =
    type: definitions:
    (lib.evalModules {
      modules = [
        { options.it = lib.mkOption { inherit type; }; }
      ]
      ++ map (value: {
        _file = "given.nix";
        it = value;
      }) definitions;
    }).config.it;

  # Types whose values are modules read the files that paths name.
  samplesFor =
    name:
    if lib.hasPrefix "submodule" name || lib.hasPrefix "deferredModule" name then
      removeAttrs samples [
        "path"
        "storePath"
      ]
    else
      samples;

  # Functions and modules as such cannot be compared, so they are used.
  shown =
    value:
    if lib.isFunction value then
      "function"
    else if builtins.isAttrs value && value ? imports then
      { imports = builtins.length value.imports; }
    else
      value;
  outcome =
    value:
    let
      result = builtins.tryEval (builtins.deepSeq (shown value) (shown value));
    in
    if result.success then { value = result.value; } else "refused";
in
{
  one = lib.mapAttrs (
    name: type: lib.mapAttrs (_: value: outcome (evaluated type [ value ])) (samplesFor name)
  ) all;
  # The same value twice, and two different ones.
  twice = lib.mapAttrs (
    name: type:
    lib.mapAttrs (
      _: value:
      outcome (
        evaluated type [
          value
          value
        ]
      )
    ) (samplesFor name)
  ) all;
  pairs = lib.mapAttrs (
    _: type:
    map
      (pair: outcome (evaluated type pair))
      [
        [ samples.a samples.b ]
        [ samples.ints samples.strings ]
        [ samples.text samples.colon ]
        [ 3 4 ]
        [ true false ]
        [ null 3 ]
        [ (lib.mkBefore [ 9 ]) samples.ints ]
        [ (lib.mkDefault 3) 4 ]
        [ (lib.mkForce 3) (lib.mkForce 4) ]
      ]
  ) all;
  undefined = lib.mapAttrs (_: type: outcome (evaluated type [ ])) all;
  about = lib.mapAttrs (_: type: {
    inherit (type) name description;
    class = type.descriptionClass or null;
    empty = type.emptyValue;
    nested = lib.mapAttrs (_: t: t.name or null) (type.nestedTypes or { });
    sub = lib.attrNames (removeAttrs (type.getSubOptions [ "p" ]) [ "_module" ]);
    wrapped = type.functor.name;
    list = (types.listOf type).description;
    orNull = (types.nullOr type).description;
  }) all;
}
