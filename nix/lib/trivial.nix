# lib.trivial: functions on functions, booleans, numbers and warnings, and lib.fixedPoints.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    bitAnd
    elemAt
    foldl'
    fromJSON
    isAttrs
    length
    mapAttrs
    match
    pathExists
    readFile
    seq
    stringLength
    substring
    ;
  inherit (lib) concatMapStrings reverseList toLower;

  isFunction = value: builtins.isFunction value || value ? __functor && isFunction (value.__functor value);
  functionArgs =
    f:
    if f ? __functor then f.__functionArgs or (functionArgs (f.__functor f)) else builtins.functionArgs f;

  warn = builtins.warn or (message: value: builtins.trace "evaluation warning: ${message}" value);
  info = message: builtins.trace "INFO: ${message}";

  hexDigits = "0123456789abcdef";
  hexValues = lib.listToAttrs (
    lib.genList (n: {
      name = substring n 1 hexDigits;
      value = n;
    }) 16
  );

  toBaseDigits =
    base: i:
    let
      below = n: if n < base then [ n ] else below (n / base) ++ [ (n - base * (n / base)) ];
    in
    # One by one, so that the error shows which does not hold.
    assert builtins.isInt base;
    assert builtins.isInt i;
    assert base >= 2;
    assert i >= 0;
    below i;

  fix =
    f:
    let
      result = f result;
    in
    result;
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;
  composeExtensions =
    first: second: final: prev:
    let
      changed = first final prev;
    in
    changed // second final (prev // changed);
  makeExtensibleWithCustomName =
    name: f:
    fix (
      self:
      f self
      // {
        ${name} = overlay: makeExtensibleWithCustomName name (extends (toExtension overlay) f);
      }
    );
  toExtension =
    overlay:
    if !isFunction overlay then
      _: _: overlay
    else
      final: prev:
      let
        once = overlay prev;
      in
      if isFunction once then overlay final prev else once;
in
rec {
  inherit
    functionArgs
    info
    isFunction
    toBaseDigits
    warn
    ;
  inherit (builtins)
    add
    bitAnd
    bitOr
    bitXor
    ceil
    deepSeq
    div
    floor
    genericClosure
    isBool
    isFloat
    isInt
    lessThan
    mul
    pathExists
    readFile
    seq
    sub
    ;

  id = x: x;
  const = x: _: x;
  flip =
    f: a: b:
    f b a;
  pipe = foldl' (value: f: f value);
  concat = a: b: a ++ b;
  mergeAttrs = a: b: a // b;
  mapNullable = f: value: if value == null then null else f value;
  defaultTo = default: value: if value == null then default else value;

  "or" = a: b: a || b;
  and = a: b: a && b;
  xor = a: b: a != b;
  bitNot = builtins.sub (-1);
  boolToString = value: if value then "true" else "false";
  boolToYesNo = value: if value then "yes" else "no";

  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  mod = a: b: a - b * (a / b);
  compare =
    a: b:
    if a < b then
      -1
    else if a > b then
      1
    else
      0;
  splitByAndCompare =
    isFirst: ifBoth: ifNeither: a: b:
    if isFirst a then
      if isFirst b then ifBoth a b else -1
    else if isFirst b then
      1
    else
      ifNeither a b;

  fromHexString =
    text:
    let
      digits = match "(0x)?([0-9a-fA-F]+)" text;
      step = value: digit: value * 16 + hexValues.${toLower digit};
    in
    if digits == null then
      throw "${builtins.toJSON text} is not a valid hexadecimal number."
    else
      foldl' step 0 (lib.stringToCharacters (elemAt digits 1));
  toHexString =
    number: lib.toUpper (concatMapStrings (digit: substring digit 1 hexDigits) (toBaseDigits 16 number));

  setFunctionArgs = f: args: {
    __functor = _: f;
    __functionArgs = args;
  };
  mirrorFunctionArgs =
    f:
    let
      args = functionArgs f;
    in
    g: setFunctionArgs g args;
  toFunction = value: if isFunction value then value else _: value;

  warnIf = condition: message: if condition then warn message else id;
  warnIfNot = condition: message: if condition then id else warn message;
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: message: if condition then id else throw message;
  showWarnings = warnings: value: lib.foldr warn value warnings;
  checkListOfEnum =
    message: valid: given:
    throwIfNot (lib.subtractLists valid given == [ ])
      "${message}: ${
        lib.concatStringsSep ", " (map toString (lib.subtractLists valid given))
      } unexpected; valid ones: ${lib.concatStringsSep ", " (map toString valid)}";

  importJSON = path: fromJSON (readFile path);
  importTOML = path: builtins.fromTOML (readFile path);
  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";
  inPureEvalMode = !(builtins ? currentSystem);

  # The release of nixpkgs whose lib this one is compatible with.
  release = "26.05";
  oldestSupportedRelease = 2511;
  oldestSupportedReleaseIsAtLeast = number: number <= oldestSupportedRelease;
  isInOldestRelease = oldestSupportedReleaseIsAtLeast;
  versionSuffix = "pre-nixops4";
  version = release + versionSuffix;
  nixpkgsVersion = version;

  fixedPoints = {
    inherit
      fix
      extends
      composeExtensions
      makeExtensibleWithCustomName
      toExtension
      ;
    fix' =
      f:
      let
        result = f result // {
          __unfix__ = f;
        };
      in
      result;
    converge =
      f: value:
      let
        next = f value;
      in
      if next == value then value else fixedPoints.converge f next;
    composeManyExtensions = lib.foldr composeExtensions (_: _: { });
    makeExtensible = makeExtensibleWithCustomName "extend";
  };
}
