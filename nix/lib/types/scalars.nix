# Types of values without inner structure: booleans, numbers, strings, paths, packages, enumerations.
{ lib, core }:
let
  inherit (builtins)
    concatStringsSep
    elem
    foldl'
    head
    isAttrs
    isBool
    isFloat
    isInt
    isPath
    isString
    length
    match
    substring
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;
  inherit (core)
    addCheck
    defaultFunctor
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (lib)
    isStringLike
    mergeEqualOption
    mergeOneOption
    ;

  noun =
    spec:
    mkOptionType (
      {
        descriptionClass = "noun";
        merge = mergeEqualOption;
      }
      // spec
    );

  bool = noun {
    name = "bool";
    description = "boolean";
    check = isBool;
  };
  boolByOr = noun {
    name = "boolByOr";
    description = "boolean (merged using or)";
    check = isBool;
    merge = _: foldl' (known: def: known || def.value) false;
  };

  int = noun {
    name = "int";
    description = "signed integer";
    check = isInt;
  };
  float = noun {
    name = "float";
    description = "floating point number";
    check = isFloat;
  };
  number = lib.types.either int float;

  # A type with a narrower check that goes by another name.
  restricted =
    base: name: description: check:
    addCheck base check // { inherit name description; };
  clause =
    base: name: description: check:
    restricted base name description check // { descriptionClass = "nonRestrictiveClause"; };

  within =
    lowest: highest: value:
    value >= lowest && value <= highest;
  inclusive = lowest: highest: "${lowest} and ${highest} (both inclusive)";

  intRange =
    lowest: highest: name: prefix:
    restricted int name "${prefix}${inclusive (toString lowest) (toString highest)}" (
      within lowest highest
    );
  ints = {
    between =
      lowest: highest:
      assert lib.assertMsg (lowest <= highest) "ints.between: lowest must be smaller than highest";
      intRange lowest highest "intBetween" "integer between ";
    unsigned = clause int "unsignedInt" "unsigned integer, meaning >=0" (x: x >= 0);
    positive = clause int "positiveInt" "positive integer, meaning >0" (x: x > 0);
    u8 = unsignedBits 8 256;
    u16 = unsignedBits 16 65536;
    u32 = unsignedBits 32 4294967296;
    s8 = signedBits 8 256;
    s16 = signedBits 16 65536;
    s32 = signedBits 32 4294967296;
  };
  unsignedBits =
    bits: count:
    intRange 0 (count - 1) "unsignedInt${toString bits}"
      "${toString bits} bit unsigned integer; between ";
  signedBits =
    bits: count:
    intRange (0 - count / 2) (
      count / 2 - 1
    ) "signedInt${toString bits}" "${toString bits} bit signed integer; between ";

  numbers = {
    between =
      lowest: highest:
      assert lib.assertMsg (lowest <= highest) "numbers.between: lowest must be smaller than highest";
      restricted number "numberBetween"
        "integer or floating point number between ${inclusive (toJSON lowest) (toJSON highest)}"
        (within lowest highest);
    nonnegative =
      clause number "numberNonnegative" "nonnegative integer or floating point number, meaning >=0"
        (x: x >= 0);
    positive =
      clause number "numberPositive" "positive integer or floating point number, meaning >0"
        (x: x > 0);
  };

  str = noun {
    name = "str";
    description = "string";
    check = isString;
  };
  nonEmptyStr = noun {
    name = "nonEmptyStr";
    description = "non-empty string";
    check = value: isString value && match "[ \t\n]*" value == null;
  };
  strMatching =
    pattern:
    noun {
      name = "strMatching ${lib.escapeNixString pattern}";
      description = "string matching the pattern ${pattern}";
      check = value: isString value && match pattern value != null;
      functor = defaultFunctor "strMatching" // {
        type = payload: strMatching payload.pattern;
        payload = { inherit pattern; };
        binOp = a: b: if a == b then a else null;
      };
    };
  singleLineStr =
    let
      line = strMatching "[^\n\r]*\n?";
    in
    noun {
      name = "singleLineStr";
      description = "(optionally newline-terminated) single-line string";
      inherit (line) check;
      merge = loc: defs: lib.removeSuffix "\n" (line.merge loc defs);
    };

  separatedString =
    sep:
    noun {
      name = "separatedString";
      description = "strings concatenated with ${toJSON sep}";
      check = isString;
      merge = _: defs: concatStringsSep sep (map (def: def.value) defs);
      functor = defaultFunctor "separatedString" // {
        payload = { inherit sep; };
        type = payload: separatedString payload.sep;
        binOp = a: b: if a.sep == b.sep then a else null;
      };
    };

  passwdEntry =
    type:
    clause type "passwdEntry ${type.name}"
      "${
        optionDescriptionPhrase (class: class == "noun") type
      }, not containing newlines or colons"
      (value: !(lib.hasInfix ":" value || lib.hasInfix "\n" value));

  enum =
    values:
    let
      show =
        value:
        if isString value then
          ''"${value}"''
        else if isInt value then
          toString value
        else if isBool value then
          lib.boolToString value
        else
          "<${typeOf value}>";
      count = length values;
    in
    noun {
      name = "enum";
      description =
        if count == 0 then
          "impossible (empty enum)"
        else if count == 1 then
          "value ${show (head values)} (singular enum)"
        else
          "one of ${concatStringsSep ", " (map show values)}";
      descriptionClass = if count < 2 then "noun" else "conjunction";
      check = value: elem value values;
      functor = defaultFunctor "enum" // {
        payload = { inherit values; };
        type = payload: enum payload.values;
        binOp = a: b: { values = lib.unique (a.values ++ b.values); };
      };
    };

  pathWith =
    {
      inStore ? null,
      absolute ? null,
    }:
    if inStore == true && absolute == false then
      throw "In pathWith, inStore means the path must be absolute"
    else
      noun {
        name = "path";
        description =
          (
            if absolute == null then
              ""
            else if absolute then
              "absolute "
            else
              "relative "
          )
          + "path"
          + (
            if inStore == null then
              ""
            else if inStore then
              " in the Nix store"
            else
              " not in the Nix store"
          );
        check =
          value:
          let
            ofRightKind = if inStore == false then isString value else isStringLike value;
            asPath = if isPath value then value else /. + unsafeDiscardStringContext value;
          in
          ofRightKind
          && (inStore == null || inStore == lib.path.hasStorePathPrefix asPath)
          && (absolute == null || absolute == (substring 0 1 (toString value) == "/"));
        functor = defaultFunctor "path" // {
          type = pathWith;
          payload = { inherit inStore absolute; };
          binOp = a: b: if a == b then a else null;
        };
      };

  package = noun {
    name = "package";
    check = value: lib.isDerivation value || lib.isStorePath value;
    merge =
      loc: defs:
      let
        value = mergeOneOption loc defs;
      in
      if isPath value || isString value && !builtins.hasContext value then
        lib.toDerivation value
      else
        value;
  };
in
{
  inherit
    bool
    boolByOr
    enum
    float
    int
    ints
    nonEmptyStr
    number
    numbers
    package
    passwdEntry
    pathWith
    separatedString
    singleLineStr
    str
    strMatching
    ;
  port = ints.u16;
  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";
  path = pathWith { absolute = true; };
  pathInStore = pathWith { inStore = true; };
  externalPath = pathWith {
    absolute = true;
    inStore = false;
  };
  shellPackage = package // {
    check = value: lib.isDerivation value && isAttrs value && value ? shellPath;
  };
  luaInline = noun {
    name = "luaInline";
    description = "inline lua";
    check = value: value._type or null == "lua-inline";
  };
  raw = noun {
    name = "raw";
    description = "raw value";
    check = _: true;
    merge = mergeOneOption;
  };
  unspecified = mkOptionType {
    name = "unspecified";
    description = "unspecified value";
    descriptionClass = "noun";
  };
}
