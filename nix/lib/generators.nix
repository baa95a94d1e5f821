# lib.generators: values as text in common file formats.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatStringsSep
    elem
    filter
    head
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    length
    mapAttrs
    match
    replaceStrings
    split
    tail
    typeOf
    ;
  inherit (lib)
    concatMap
    concatMapAttrsStringSep
    concatMapStrings
    concatMapStringsSep
    escape
    escapeNixIdentifier
    functionArgs
    init
    isDerivation
    isFunction
    last
    mapAttrsToList
    ;

  # The white space around the items of a bracketed value.
  spacing =
    multiline: indent:
    if multiline then
      {
        intro = "\n${indent}  ";
        outro = "\n${indent}";
      }
    else
      {
        intro = " ";
        outro = " ";
      };
in
rec {
  ## Keys and values

  mkValueStringDefault =
    { }:
    value:
    let
      refuse = what: abort "generators.mkValueStringDefault: ${what} not supported: ${toPretty { } value}";
    in
    if isInt value || isDerivation value then
      toString value
    else if isString value then
      value
    else if isBool value then
      lib.boolToString value
    else if value == null then
      "null"
    else if isList value then
      refuse "lists"
    else if isAttrs value then
      refuse "attrsets"
    else if isFunction value then
      refuse "functions"
    else if isFloat value then
      lib.floatToString value
    else
      refuse "this value is";
  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    sep: key: value:
    "${escape [ sep ] key}${sep}${mkValueString value}";

  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    let
      line = key: value: "${indent}${mkKeyValue key value}\n";
    in
    concatMapAttrsStringSep "" (
      key: value:
      if listsAsDuplicateKeys && isList value then concatMapStrings (line key) value else line key value
    );
  toINI =
    {
      mkSectionName ? (
        escape [
          "["
          "]"
        ]
      ),
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    concatMapAttrsStringSep "\n" (
      name: section:
      "[${mkSectionName name}]\n" + toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } section
    );
  toINIWithGlobalSection =
    spec@{
      mkSectionName ? null,
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    {
      globalSection,
      sections ? { },
    }:
    (
      if globalSection == { } then
        ""
      else
        toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection + "\n"
    )
    + toINI spec sections;

  toGitINI =
    let
      quote =
        text:
        ''"${
          replaceStrings [ "\n" "	" ''"'' "\\" ] [ "\\n" "\\t" ''\"'' "\\\\" ] text
        }"'';
      line =
        key: value:
        "\t"
        + mkKeyValueDefault {
          mkValueString = v: mkValueStringDefault { } (if isString v then quote v else v);
        } " = " key value;
      sectionName =
        name:
        let
          parts = lib.splitString "." name;
        in
        if lib.hasInfix ''"'' name || length parts == 1 then
          name
        else
          ''${head parts} "${concatStringsSep "." (tail parts)}"'';
      isSection = value: isAttrs value && !isDerivation value;
      # Sections below sections become sections with a dotted name.
      flat =
        path: value:
        if isSection value then
          concatMap (name: flat (path ++ [ name ]) value.${name}) (attrNames value)
        else if length path > 1 then
          [ { ${concatStringsSep "." (init path)}.${last path} = value; } ]
        else
          [ { ${head path} = value; } ];
      isNested = value: isAttrs value && lib.any isSection (builtins.attrValues value);
    in
    config:
    toINI {
      mkSectionName = sectionName;
      mkKeyValue =
        key: value: if isList value then concatMapStringsSep "\n" (line key) value else line key value;
    } (
      lib.filterAttrs (_: value: !isNested value) config
      // lib.foldl lib.recursiveUpdate { } (flat [ ] (lib.filterAttrs (_: isNested) config))
    );

  mkDconfKeyValue = mkKeyValueDefault { mkValueString = value: toString (lib.gvariant.mkValue value); } "=";
  toDconfINI = toINI { mkKeyValue = mkDconfKeyValue; };

  ## Nix

  # Cuts a value off below a depth.
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    assert isInt depthLimit;
    let
      special = [
        "__functor"
        "__functionArgs"
        "__toString"
        "__pretty"
      ];
      cut =
        depth: value:
        if depthLimit == null || depth <= depthLimit then
          value
        else if throwOnDepthLimit then
          throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else
          "<unevaluated>";
      walk =
        depth: value:
        let
          below = inner: walk (depth + 1) (cut (depth + 1) inner);
        in
        if isAttrs value then
          mapAttrs (name: if elem name special then inner: inner else below) value
        else if isList value then
          map below value
        else
          cut (depth + 1) value;
    in
    walk 0;

  toPretty =
    {
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      showString =
        { intro, outro }:
        text:
        let
          lines = filter isString (split "\n" text);
          single = escape [
            "\\"
            "\""
            "\${"
          ];
          inBlock = map (replaceStrings [ "\${" "''" ] [ "''\${" "'''" ]) lines;
          end = last inBlock;
        in
        if multiline && length lines > 1 then
          "''${intro}"
          + concatStringsSep intro (init inBlock)
          + (if end == "" then outro else intro + end)
          + "''"
        else
          "\"${concatStringsSep "\\n" (map single lines)}\"";

      showFunction =
        f:
        let
          args = functionArgs f;
          shown = mapAttrsToList (name: optional: if optional then "${name}?" else name) args;
        in
        if args == { } then "<function>" else "<function, args: {${concatStringsSep ", " shown}}>";

      showSet =
        indent: space: set:
        if allowPrettyValues && set ? __pretty && set ? val then
          set.__pretty set.val
        else if set == { } then
          "{ }"
        else if set.type or null == "derivation" then
          "<derivation ${set.name or "???"}>"
        else
          "{"
          + space.intro
          + concatStringsSep space.intro (
            mapAttrsToList (
              name: value:
              "${escapeNixIdentifier name} = ${
                addErrorContext "while evaluating an attribute `${name}`" (show "${indent}  " value)
              };"
            ) set
          )
          + space.outro
          + "}";

      show =
        indent: value:
        let
          space = spacing multiline indent;
        in
        if isInt value || isPath value then
          toString value
        else if isFloat value then
          builtins.toJSON value
        else if isString value then
          showString space value
        else if isBool value then
          lib.boolToString value
        else if value == null then
          "null"
        else if isList value then
          if value == [ ] then
            "[ ]"
          else
            "[${space.intro}${concatMapStringsSep space.intro (show "${indent}  ") value}${space.outro}]"
        else if isFunction value then
          showFunction value
        else
          showSet indent space value;
    in
    show indent;

  ## JSON, YAML, XML property lists, Dhall, Lua

  toJSON = { }: builtins.toJSON;
  toYAML = { }: builtins.toJSON;

  toPlist =
    {
      escape ? false,
    }:
    let
      text = if escape then lib.escapeXML else x: x;
      item =
        indent: value:
        if value == null then
          ""
        else if isBool value then
          "${indent}<${lib.boolToString value}/>"
        else if isInt value then
          "${indent}<integer>${toString value}</integer>"
        else if isString value || isPath value then
          "${indent}<string>${text (toString value)}</string>"
        else if isList value then
          "${indent}<array>\n${concatMapStringsSep "\n" (item "\t${indent}") value}\n${indent}</array>"
        else if isAttrs value then
          "${indent}<dict>\n${entries "\t${indent}" value}\n${indent}</dict>"
        else if isFloat value then
          "${indent}<real>${toString value}</real>"
        else
          abort "generators.toPlist: should never happen (v = ${value})";
      entries =
        indent: set:
        concatMapAttrsStringSep "\n" (name: value: "${indent}<key>${text name}</key>\n${item indent value}") (
          lib.filterAttrs (name: value: name != "_module" && value != null) set
        );
    in
    value:
    lib.warnIf (!escape && lib.oldestSupportedReleaseIsAtLeast 2505)
      "Using `lib.generators.toPlist` without `escape = true` is deprecated"
      ''
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
        <plist version="1.0">
        ${item "" value}
        </plist>'';

  toDhall =
    { }@spec:
    value:
    let
      show = toDhall spec;
    in
    if isAttrs value then
      "{ ${concatMapAttrsStringSep ", " (key: item: "${key} = ${show item}") value} }"
    else if isList value then
      "[ ${concatMapStringsSep ", " show value} ]"
    else if isInt value then
      "${if value < 0 then "" else "+"}${toString value}"
    else if isBool value then
      (if value then "True" else "False")
    else if isFunction value then
      abort "generators.toDhall: cannot convert a function to Dhall"
    else if value == null then
      abort "generators.toDhall: cannot convert a null to Dhall"
    else
      builtins.toJSON value;

  mkLuaInline = expr: {
    _type = "lua-inline";
    inherit expr;
  };
  toLua =
    {
      multiline ? true,
      indent ? "",
      asBindings ? false,
    }@spec:
    value:
    let
      space = spacing multiline indent;
      show = toLua (
        spec
        // {
          indent = if asBindings then indent else "${indent}  ";
          asBindings = false;
        }
      );
      list = items: "{${space.intro}${concatStringsSep ",${space.intro}" items}${space.outro}}";
      isName = name: match "[[:alpha:]_][[:alnum:]_]*(\\.[[:alpha:]_][[:alnum:]_]*)*" name != null;
      badNames = filter (name: !isName name) (attrNames value);
    in
    if asBindings then
      assert lib.assertMsg (badNames == [ ]) "Bad Lua var names: ${toPretty { } badNames}";
      concatMapAttrsStringSep "" (key: item: "${indent}${key} = ${show item}\n") value
    else if value == null then
      "nil"
    else if isInt value || isFloat value || isString value || isBool value then
      builtins.toJSON value
    else if isPath value || isDerivation value then
      builtins.toJSON "${value}"
    else if value == [ ] || value == { } then
      "{}"
    else if isList value then
      list (map show value)
    else if isAttrs value then
      if value._type or null == "lua-inline" then
        "(${value.expr})"
      else
        list (mapAttrsToList (key: item: "[${builtins.toJSON key}] = ${show item}") value)
    else
      abort "generators.toLua: type ${typeOf value} is unsupported";
}
