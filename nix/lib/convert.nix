# The part of lib.strings that turns strings into other things and other things into strings:
# numbers, versions, search paths, build flags.
{ lib }:
let
  inherit (builtins)
    compareVersions
    concatStringsSep
    elem
    filter
    fromJSON
    head
    isBool
    isInt
    isString
    match
    parseDrvName
    readFile
    ;
  inherit (lib)
    boolToString
    escapeNixString
    splitString
    toUpper
    ;

  # `-Dname=value` and friends take strings only; anything else is a mistake in the caller.
  strings = lib.all isString;
in
rec {
  toInt =
    text:
    let
      digits = match "[[:space:]]*(-?[[:digit:]]+)[[:space:]]*" text;
      number = fromJSON (head digits);
    in
    if digits == null then
      throw "toInt: Could not convert ${escapeNixString text} to int."
    else if match "0[[:digit:]]+" (head digits) != null then
      throw "toInt: Ambiguity in interpretation of ${escapeNixString text} between octal and zero padded integer."
    else if !isInt number then
      throw "toInt: Could not convert ${escapeNixString text} to int."
    else
      number;
  toIntBase10 =
    text:
    let
      digits = match "[[:space:]]*0*(-?[[:digit:]]+)[[:space:]]*" text;
      number = fromJSON (head digits);
    in
    if digits == null then
      throw "toIntBase10: Could not convert ${escapeNixString text} to int."
    else if match "0+" (head digits) != null then
      0
    else if !isInt number then
      throw "toIntBase10: Could not convert ${escapeNixString text} to int."
    else
      number;
  floatToString =
    float:
    let
      text = toString float;
    in
    lib.warnIf (fromJSON text != float) "Imprecise conversion from float to string ${text}" text;
  fixedWidthNumber = width: number: lib.fixedWidthString width "0" (toString number);
  fileContents = path: lib.removeSuffix "\n" (readFile path);

  versionOlder = a: b: compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;
  getName = pkg: if isString pkg then (parseDrvName pkg).name else pkg.pname or (getName pkg.name);
  getVersion =
    pkg: if isString pkg then (parseDrvName pkg).version else pkg.version or (getVersion pkg.name);
  nameFromURL =
    url: sep:
    let
      file = lib.last (splitString "/" url);
      name = head (splitString sep file);
    in
    assert name != file;
    name;

  makeSearchPath =
    subDir: paths:
    concatStringsSep ":" (map (path: path + "/" + subDir) (filter (path: path != null) paths));
  makeSearchPathOutput =
    output: subDir: pkgs:
    makeSearchPath subDir (map (lib.getOutput output) pkgs);
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeIncludePath = makeSearchPathOutput "dev" "include";
  makeBinPath = makeSearchPathOutput "bin" "bin";

  cmakeOptionType =
    type: feature: value:
    assert elem (toUpper type) [
      "BOOL"
      "FILEPATH"
      "PATH"
      "STRING"
      "INTERNAL"
      "LIST"
    ];
    assert strings [
      feature
      value
    ];
    "-D${feature}:${toUpper type}=${value}";
  cmakeBool =
    feature: flag:
    assert isBool flag;
    cmakeOptionType "bool" feature (toUpper (boolToString flag));
  cmakeFeature = cmakeOptionType "string";
  mesonOption =
    feature: value:
    assert strings [
      feature
      value
    ];
    "-D${feature}=${value}";
  mesonBool =
    feature: flag:
    assert isBool flag;
    mesonOption feature (boolToString flag);
  mesonEnable =
    feature: flag:
    assert isBool flag;
    mesonOption feature (if flag then "enabled" else "disabled");
  enableFeature =
    flag: feature:
    assert isBool flag && isString feature;
    "--${if flag then "enable" else "disable"}-${feature}";
  enableFeatureAs =
    flag: feature: value:
    enableFeature flag feature + lib.optionalString flag "=${value}";
  withFeature =
    flag: feature:
    assert isBool flag && isString feature;
    "--${if flag then "with" else "without"}-${feature}";
  withFeatureAs =
    flag: feature: value:
    withFeature flag feature + lib.optionalString flag "=${value}";
}
