# lib.strings: making, taking apart and escaping strings. Conversions to other things are in
# convert.nix.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    fromJSON
    genList
    head
    isAttrs
    isList
    isPath
    isString
    length
    listToAttrs
    match
    readFile
    replaceStrings
    split
    stringLength
    substring
    tail
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;
  inherit (lib)
    concatMap
    flatten
    imap1
    mapAttrs
    mapAttrsToList
    throwIfNot
    warnIf
    ;

  # Every ASCII character but NUL, with its code.
  asciiCodes = listToAttrs (
    genList (n: {
      name = fromJSON ''"\u00${twoDigits (n + 1)}"'';
      value = n + 1;
    }) 127
  );
  twoDigits = code: fixedWidthString 2 "0" (lib.toHexString code);

  letters = "abcdefghijklmnopqrstuvwxyz";
  lowerChars = stringToCharacters letters;
  upperChars = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;

  stringToCharacters = text: genList (n: substring n 1 text) (stringLength text);
  concatStrings = concatStringsSep "";

  escape = chars: replaceStrings chars (map (char: "\\${char}") chars);
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeNixString = text: escape [ "$" ] (toJSON text);
  keywords = [
    "assert"
    "else"
    "if"
    "in"
    "inherit"
    "let"
    "or"
    "rec"
    "then"
    "with"
  ];
  unreservedInURL = lowerChars ++ upperChars ++ stringToCharacters "0123456789-_.~";
  reservedInURL = attrNames (removeAttrs asciiCodes unreservedInURL);

  fixedWidthString =
    width: filler: text:
    let
      missing = width - stringLength text;
    in
    if missing < 0 then
      throw "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString (stringLength text)})"
    else if missing == 0 then
      text
    else
      filler + fixedWidthString (width - stringLength filler) filler text;

  # Warns where a path value stands in for a string, since that copies it to the store.
  warnPath =
    name: what: value:
    warnIf (isPath value) ''
      lib.strings.${name}: The ${what}argument (${toString value}) is a path value, but only strings are supported.
          There is almost certainly a bug in the calling code, since this function always returns `false` in such a case.
          This function also copies the path to the Nix store, which may not be what you want.
          This behavior is deprecated and will throw an error in the future.'';

  endsWith =
    suffix: text:
    let
      start = stringLength text - stringLength suffix;
    in
    start >= 0 && substring start (-1) text == suffix;

  # Keeps `src`'s context on a string that was cut out of it.
  addContextFrom = src: target: substring 0 0 src + target;

  # The number of leading characters for which `same n` holds, at most `limit`.
  runLength =
    limit: same:
    let
      from = n: if n < limit && same n then from (n + 1) else n;
    in
    from 0;
in
rec {
  inherit (builtins)
    appendContext
    compareVersions
    concatStringsSep
    elem
    elemAt
    filter
    fromJSON
    genList
    head
    isAttrs
    isInt
    isList
    isPath
    isString
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;
  inherit
    addContextFrom
    concatStrings
    escape
    escapeNixString
    escapeRegex
    fixedWidthString
    lowerChars
    stringToCharacters
    toLower
    toUpper
    upperChars
    ;

  ## Joining

  join = concatStringsSep;
  concatMapStrings = f: xs: concatStrings (map f xs);
  concatImapStrings = f: xs: concatStrings (imap1 f xs);
  concatMapStringsSep =
    sep: f: xs:
    concatStringsSep sep (map f xs);
  concatImapStringsSep =
    sep: f: xs:
    concatStringsSep sep (imap1 f xs);
  concatMapAttrsStringSep =
    sep: f: set:
    concatStringsSep sep (mapAttrsToList f set);
  concatLines = concatMapStrings (line: line + "\n");
  intersperse =
    sep: xs:
    if length xs < 2 then
      xs
    else
      [ (head xs) ]
      ++ concatMap (x: [
        sep
        x
      ]) (tail xs);
  replicate = n: text: concatStrings (lib.lists.replicate n text);
  optionalString = condition: text: if condition then text else "";

  ## Parts

  hasPrefix =
    prefix: text:
    warnPath "hasPrefix" "first " prefix (substring 0 (stringLength prefix) text == prefix);
  hasSuffix = suffix: text: warnPath "hasSuffix" "first " suffix (endsWith suffix text);
  hasInfix =
    infix: text:
    warnPath "hasInfix" "first " infix (match ".*${escapeRegex infix}.*" "${text}" != null);
  removePrefix =
    prefix: text:
    let
      count = stringLength prefix;
    in
    warnPath "removePrefix" "first " prefix (
      if substring 0 count text == prefix then substring count (-1) text else text
    );
  removeSuffix =
    suffix: text:
    warnPath "removeSuffix" "first " suffix (
      if endsWith suffix text then substring 0 (stringLength text - stringLength suffix) text else text
    );
  splitString =
    sep: text:
    map (addContextFrom text) (filter isString (split (escapeRegex (toString sep)) (toString text)));
  splitStringBy =
    isSplit: keep: text:
    let
      cuts = filter (
        n: isSplit (if n == 0 then "" else substring (n - 1) 1 text) (substring n 1 text)
      ) (genList (n: n) (stringLength text));
      starts = [ 0 ] ++ map (n: if keep then n else n + 1) cuts;
      ends = cuts ++ [ (stringLength text) ];
    in
    map (part: addContextFrom text part) (
      lib.zipListsWith (start: end: substring start (end - start) text) starts ends
    );
  commonPrefixLength =
    a: b:
    runLength (lib.min (stringLength a) (stringLength b)) (n: substring n 1 a == substring n 1 b);
  commonSuffixLength =
    a: b:
    let
      fromEnd = text: n: substring (stringLength text - n - 1) 1 text;
    in
    runLength (lib.min (stringLength a) (stringLength b)) (n: fromEnd a n == fromEnd b n);

  ## Changing

  replaceString = from: to: replaceStrings [ from ] [ to ];
  stringAsChars = f: text: concatStrings (map f (stringToCharacters text));
  trim = trimWith {
    start = true;
    end = true;
  };
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    let
      blank = " \t\r\n";
      before = if start then "[${blank}]*" else "";
      body = if end then "(.*[^${blank}])[${blank}]*" else "(.*)";
    in
    text:
    let
      found = match (before + body) text;
    in
    if found == null then "" else head found;
  toSentenceCase =
    text:
    throwIfNot (isString text) "toSentenceCase does only accepts string values, but got ${typeOf text}" (
      addContextFrom text (toUpper (substring 0 1 text) + toLower (substring 1 (-1) text))
    );
  toCamelCase =
    text:
    let
      isSeparator =
        _: char:
        elem char [
          "-"
          "_"
          " "
        ];
      isHump = before: char: match "[a-z]" before != null && match "[A-Z]" char != null;
      words = flatten (map (splitStringBy isHump true) (splitStringBy isSeparator false text));
    in
    throwIfNot (isString text) "toCamelCase does only accepts string values, but got ${typeOf text}" (
      concatStrings (
        map (addContextFrom text) ([ (toLower (head words)) ] ++ map toSentenceCase (tail words))
      )
    );
  normalizePath =
    path:
    warnIf (isPath path)
      ''
        lib.strings.normalizePath: The argument (${toString path}) is a path value, but only strings are supported.
            Path values are always normalised in Nix, so there's no need to call this function on them.
            This function also copies the path to the Nix store and returns the store path, the same as "''${path}" will, which may not be what you want.
            This behavior is deprecated and will throw an error in the future.''
      (foldl' (known: char: if char == "/" && endsWith "/" known then known else known + char) "" (
        stringToCharacters path
      ));

  ## Escaping

  charToInt = char: asciiCodes.${char};
  escapeC =
    chars: replaceStrings chars (map (char: "\\x${toLower (twoDigits asciiCodes.${char})}") chars);
  escapeURL = replaceStrings reservedInURL (map (char: "%${twoDigits asciiCodes.${char}}") reservedInURL);
  escapeXML =
    replaceStrings
      [ "\"" "'" "<" ">" "&" ]
      [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];
  escapeShellArg =
    arg:
    let
      text = toString arg;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then
      "'${replaceString "'" "'\\''" text}'"
    else
      text;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  escapeNixIdentifier =
    name:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" name != null && !(elem name keywords) then
      name
    else
      escapeNixString name;
  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
  toShellVar =
    name: value:
    throwIfNot (isValidPosixName name) "toShellVar: ${name} is not a valid shell variable name" (
      if isAttrs value && !isStringLike value then
        "declare -A ${name}=(${
          concatMapAttrsStringSep " " (key: item: "[${escapeShellArg key}]=${escapeShellArg item}") value
        })"
      else if isList value then
        "declare -a ${name}=(${escapeShellArgs value})"
      else
        "${name}=${escapeShellArg value}"
    );
  toShellVars = concatMapAttrsStringSep "\n" toShellVar;
  sanitizeDerivationName =
    name:
    let
      plain = unsafeDiscardStringContext name;
      withoutDots = head (match "\\.*(.*)" plain);
      dashed = concatMapStrings (part: if isList part then "-" else part) (
        split "[^[:alnum:]+._?=-]+" withoutDots
      );
      short = substring (lib.max (stringLength dashed - 207) 0) (-1) dashed;
    in
    if stringLength name <= 207 && match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*" name != null then
      plain
    else if short == "" then
      "unknown"
    else
      short;

  ## What a value is

  isStringLike = value: isString value || isPath value || value ? outPath || value ? __toString;
  isConvertibleWithToString =
    value:
    isStringLike value
    || elem (typeOf value) [
      "null"
      "int"
      "float"
      "bool"
    ]
    || isList value && lib.all isConvertibleWithToString value;
  isStorePath =
    value:
    isStringLike value
    && (
      let
        text = toString value;
      in
      substring 0 1 text == "/"
      && (dirOf text == builtins.storeDir || match "/[0-9a-z]{52}" text != null)
    );

  ## Distance

  levenshtein =
    a: b:
    let
      width = stringLength b;
      charsA = stringToCharacters a;
      charsB = stringToCharacters b;
      first = genList (n: n) (width + 1);
      # One row of the distance table from the one above it.
      nextRow =
        above: char:
        foldl' (
          row: n:
          let
            replaced = elemAt above n + (if elemAt charsB n == char then 0 else 1);
            deleted = elemAt above (n + 1) + 1;
            inserted = lib.last row + 1;
          in
          row ++ [ (lib.min replaced (lib.min deleted inserted)) ]
        ) [ (head above + 1) ] (genList (n: n) width);
    in
    lib.last (foldl' nextRow first charsA);
  levenshteinAtMost =
    limit: a: b:
    let
      difference = stringLength a - stringLength b;
      # Equal ends do not change the distance.
      prefix = commonPrefixLength a b;
      suffix = commonSuffixLength a b;
      inner = text: substring prefix (lib.max 0 (stringLength text - prefix - suffix)) text;
    in
    if limit <= 0 then
      a == b
    else if difference > limit || difference < 0 - limit then
      false
    else
      levenshtein (inner a) (inner b) <= limit;

  inherit (import ./convert.nix { inherit lib; })
    cmakeBool
    cmakeFeature
    cmakeOptionType
    enableFeature
    enableFeatureAs
    fileContents
    fixedWidthNumber
    floatToString
    getName
    getVersion
    makeBinPath
    makeIncludePath
    makeLibraryPath
    makeSearchPath
    makeSearchPathOutput
    mesonBool
    mesonEnable
    mesonOption
    nameFromURL
    toInt
    toIntBase10
    versionAtLeast
    versionOlder
    withFeature
    withFeatureAs
    ;
}
