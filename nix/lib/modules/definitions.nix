# Definitions: what the values given to one option become once they are merged and checked.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    filter
    head
    length
    ;
  inherit (lib) showDefs showOption;
  inherit (lib.modules.properties) finalise finalValues;

  # A type whose `check` was replaced with `//` would lose the check that its merge function makes.
  coherent =
    loc: type: result:
    if type.check.isV2MergeCoherent or false then
      result
    else
      throw ''
        The option `${showOption loc}' has a type `${type.description}' that uses
        an ad-hoc `type // { check = ...; }' override, which is incompatible with
        the v2 merge mechanism.

        Please use `lib.types.addCheck` instead of `type // { check }' to add
        custom validation. For example:

          lib.types.addCheck baseType (value: /* your check */)

        instead of:

          baseType // { check = value: /* your check */; }
      '';

  # null, or what is wrong with the definitions.
  checkDefs =
    check: defs:
    if allFit check defs then
      null
    else
      { message = "Definition values: ${showDefs (filter (def: !check def.value) defs)}"; };

  allFit =
    check: defs:
    if length defs == 1 then check (head defs).value else all (def: check def.value) defs;

  wrongType =
    loc: type: detail:
    throw "A definition for option `${showOption loc}' is not of type `${type.description}'. ${detail}";

  # `{ headError; value; valueMeta; }` of final definitions.
  checkAndMerge =
    loc: type: defs:
    if type.merge ? v2 then
      coherent loc type (type.merge.v2 { inherit loc defs; })
    else
      {
        headError = checkDefs type.check defs;
        value = type.merge loc defs;
        valueMeta = { };
      };

  # The value of final definitions.
  mergeFinal =
    loc: type: defs:
    if defs == [ ] then
      type.emptyValue.value
        or (throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.")
    else if type.merge ? v2 then
      let
        merged = coherent loc type (type.merge.v2 { inherit loc defs; });
      in
      if merged.headError or null == null then
        merged.value
      else
        wrongType loc type "TypeError: ${merged.headError.message}"
    else if allFit type.check defs then
      type.merge loc defs
    else
      wrongType loc type "Definition values:${showDefs (filter (def: !type.check def.value) defs)}";

  # The value of one option or element.
  mergeOne =
    loc: type: defs:
    mergeFinal loc type (finalValues null defs);

  metaOf =
    loc: type: defs:
    (checkAndMerge loc type defs).valueMeta
    // (if type.merge ? v2 then { _internal = { inherit type; }; } else { });

  # An element of a list or a set, which may turn out not to be there.
  element =
    loc: type: defs:
    let
      final = finalValues null defs;
    in
    {
      isDefined = final != [ ];
      value = mergeFinal loc type final;
      valueMeta = metaOf loc type final;
    };

  mergeDefinitions =
    loc: type: defs:
    let
      defsFinal' = finalise null defs;
      defsFinal = defsFinal'.values;
      mergedValue = mergeFinal loc type defsFinal;
      isDefined = defsFinal != [ ];
    in
    {
      inherit
        defsFinal
        defsFinal'
        isDefined
        mergedValue
        ;
      checkedAndMerged = checkAndMerge loc type defsFinal // {
        valueMeta = metaOf loc type defsFinal;
      };
      optionalValue = if isDefined then { value = mergedValue; } else { };
    };

  # An option's default as a definition, or null.
  defaultOf =
    option:
    if option ? default then
      {
        file = head option.declarations;
        value = option.default;
      }
    else
      null;

  # Final definitions of an option that can be set only once.
  finalReadOnly =
    loc: option: defs:
    let
      default = defaultOf option;
      all' =
        if default == null then
          defs
        else
          [ (default // { value = lib.mkOptionDefault default.value; }) ] ++ defs;
      shown = map (def: def // { value = mergeOne loc option.type [ def ]; }) all';
    in
    if length all' > 1 then
      throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${showDefs shown}"
    else
      finalValues default defs;

  # An option's value.
  evalOption =
    loc: option: defs:
    let
      final =
        if option.readOnly or false then
          finalReadOnly loc option defs
        else
          finalValues (if option ? default then defaultOf option else null) defs;
      merged = mergeFinal loc option.type final;
    in
    addErrorContext "while evaluating the option `${showOption loc}':" (
      if option.type.deprecationMessage or null != null then
        warnDeprecated loc option merged
      else if option ? apply then
        option.apply merged
      else
        merged
    );

  warnDeprecated =
    loc: option: merged:
    lib.warn
      "The type `types.${option.type.name}' of option `${showOption loc}' defined in ${lib.showFiles option.declarations} is deprecated. ${option.type.deprecationMessage}"
      (if option ? apply then option.apply merged else merged);

  # The record of an option that stands in `options`. `value` is the option's value.
  describeOption =
    loc: option: defs: value:
    let
      final = finalise (defaultOf option) defs;
    in
    option
    // {
      inherit loc value;
      inherit (final) highestPrio;
      definitions = map (def: def.value) final.values;
      files = map (def: def.file) final.values;
      definitionsWithLocations = final.values;
      isDefined = final.values != [ ];
      valueMeta = metaOf loc option.type final.values;
      __toString = _: showOption loc;
    };
in
{
  inherit
    checkAndMerge
    checkDefs
    coherent
    describeOption
    element
    evalOption
    mergeDefinitions
    mergeFinal
    mergeOne
    ;
  evalOptionValue =
    loc: option: defs:
    describeOption loc option defs (evalOption loc option defs);
}
