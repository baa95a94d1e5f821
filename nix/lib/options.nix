# lib.options: declaring options, the merge functions that types are made from, and showing options
# in messages and documentation.
{ lib }:
let
  inherit (builtins)
    all
    concatStringsSep
    elemAt
    filter
    foldl'
    head
    isAttrs
    isBool
    isInt
    isList
    isString
    length
    mapAttrs
    match
    split
    tail
    tryEval
    ;
  inherit (lib)
    concatMap
    concatMapStrings
    escapeNixIdentifier
    isFunction
    last
    optionalAttrs
    showAttrPath
    take
    toList
    types
    ;
  inherit (lib.generators) toPretty withRecursion;

  values = map (def: def.value);
  priorityHint = ''
    Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.
  '';

  # A value as text of at most five lines; nothing when it cannot be evaluated.
  showValue =
    value:
    let
      shown = tryEval (
        toPretty { } (
          withRecursion {
            depthLimit = 10;
            throwOnDepthLimit = false;
          } value
        )
      );
      lines = filter isString (split "\n" shown.value);
      text = concatStringsSep "\n    " (take 5 lines ++ lib.optional (length lines > 5) "...");
    in
    if !shown.success then
      ""
    else if length lines > 1 then
      ":\n    ${text}"
    else
      ": ${text}";
in
rec {
  unknownModule = "<unknown-file>";

  isOption = value: value._type or null == "option";
  mkOption =
    {
      default ? null,
      defaultText ? null,
      example ? null,
      description ? null,
      relatedPackages ? null,
      type ? null,
      apply ? null,
      internal ? null,
      visible ? null,
      readOnly ? null,
    }@spec:
    spec // { _type = "option"; };
  mkEnableOption =
    name:
    mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
    };
  mkPackageOption =
    pkgs: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      shownName = if isList name then last name else name;
      path = toList default;
      pathText = showAttrPath path;
    in
    mkOption (
      {
        type = if nullable then types.nullOr types.package else types.package;
        description = "The ${shownName} package to use.${
          if extraDescription == "" then "" else " ${extraDescription}"
        }";
      }
      // (
        if default != null then
          {
            default = lib.attrByPath path (throw "${pathText} cannot be found in ${pkgsText}") pkgs;
            defaultText = literalExpression "${pkgsText}.${pathText}";
          }
        else
          optionalAttrs nullable { default = null; }
      )
      // optionalAttrs (example != null) {
        example = literalExpression (
          if isList example then "${pkgsText}.${showAttrPath example}" else example
        );
      }
    );
  # Takes any definition and has no value, for modules that are also used elsewhere.
  mkSinkUndeclaredOptions =
    more:
    mkOption (
      {
        internal = true;
        visible = false;
        default = false;
        description = "Sink for option definitions.";
        type = types.mkOptionType {
          name = "sink";
          check = _: true;
          merge = _: _: false;
        };
        apply = _: throw "Option value is not readable because the option is not declared.";
      }
      // more
    );

  ## Merge functions

  mergeDefaultOption =
    loc: defs:
    let
      list = values defs;
    in
    if length list == 1 then
      head list
    else if all isFunction list then
      x: mergeDefaultOption loc (map (def: def // { value = def.value x; }) defs)
    else if all isList list then
      builtins.concatLists list
    else if all isAttrs list then
      foldl' lib.mergeAttrs { } list
    else if all isBool list then
      builtins.elem true list
    else if all isString list then
      lib.concatStrings list
    else if all isInt list && all (x: x == head list) list then
      head list
    else
      throw "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefs defs}";

  mergeOneOption = mergeUniqueOption { message = ""; };
  mergeUniqueOption =
    {
      message,
      merge ? _: defs: (head defs).value,
    }:
    loc: defs:
    if length defs == 1 then
      merge loc defs
    else
      assert defs != [ ];
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs defs}\n${priorityHint}";
  mergeEqualOption =
    loc: defs:
    let
      first = head defs;
      conflicts = filter (def: def.value != first.value) (tail defs);
    in
    if defs == [ ] then
      abort "This case should never happen."
    else if length defs == 1 || conflicts == [ ] then
      first.value
    else
      throw "The option `${showOption loc}' has conflicting definition values:${
        showDefs [
          first
          (head conflicts)
        ]
      }\n${priorityHint}";

  getValues = values;
  getFiles = map (def: def.file);

  ## Showing

  showOption =
    path:
    concatStringsSep "." (
      map (part: if part == "*" || match "<(.*)>" part != null then part else escapeNixIdentifier part) path
    );
  showFiles = files: concatStringsSep " and " (map (file: "`${file}'") files);
  showDefs = concatMapStrings (def: "\n- In `${def.file}'${showValue def.value}");
  showOptionWithDefLocs =
    option:
    "${showOption option.loc}, with values defined in:\n"
    + concatStringsSep "\n" (map (file: "  - ${file}") option.files)
    + "\n";

  ## Documentation

  literalExpression =
    text:
    if isString text then
      {
        _type = "literalExpression";
        inherit text;
      }
    else
      throw "literalExpression expects a string.";
  literalMD =
    text:
    if isString text then
      {
        _type = "literalMD";
        inherit text;
      }
    else
      throw "literalMD expects a string.";
  literalCode = language: text: literalMD "```${language}\n${text}\n```\n";

  renderOptionValue =
    value:
    if value ? _type && value ? text then
      value
    else
      literalExpression (
        toPretty {
          multiline = true;
          allowPrettyValues = true;
        } value
      );
  scrubOptionValue =
    value:
    if lib.isDerivation value then
      {
        type = "derivation";
        drvPath = value.name;
        outPath = value.name;
        inherit (value) name;
      }
    else if isList value then
      map scrubOptionValue value
    else if isAttrs value then
      mapAttrs (_: scrubOptionValue) (removeAttrs value [ "_args" ])
    else
      value;

  optionAttrSetToDocList = optionAttrSetToDocList' [ ];
  optionAttrSetToDocList' =
    _: options:
    concatMap (
      option:
      let
        visible = option.visible or true;
        below = option.type.getSubOptions option.loc;
        showsBelow = if isBool visible then visible else visible == "transparent";
      in
      [ (describeOption option visible) ]
      ++ lib.optionals (showsBelow && below != { }) (optionAttrSetToDocList' option.loc below)
    ) (lib.collect isOption options);

  describeOption =
    option: visible:
    let
      name = showOption option.loc;
      type = option.type or { };
      hasEmptyValue = (type.emptyValue or { }) ? value && type.getSubModules or null == null;
      rendered =
        what: value:
        builtins.addErrorContext "while evaluating the ${what} of option `${name}`" (
          renderOptionValue value
        );
    in
    {
      inherit (option) loc;
      inherit name;
      description = option.description or null;
      declarations = filter (file: file != unknownModule) option.declarations;
      internal = option.internal or false;
      visible = if isBool visible then visible else visible == "shallow";
      readOnly = option.readOnly or false;
      type = option.type.description or "unspecified";
    }
    // optionalAttrs (option ? example) { example = rendered "example" option.example; }
    // optionalAttrs (option ? defaultText || option ? default || hasEmptyValue) {
      default = rendered (if option ? defaultText then "defaultText" else "default value") (
        option.defaultText or option.default or option.type.emptyValue.value
      );
    }
    // optionalAttrs (option.relatedPackages or null != null) { inherit (option) relatedPackages; };
}
