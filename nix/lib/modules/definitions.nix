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
  inherit (lib) showDefs showOption types;
  inherit (lib.modules.properties) finalise;
  finalDefinitions = finalise null;

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

  # `{ headError; value; valueMeta; }` of `defs`, which are final.
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

  # null, or what is wrong with the definitions.
  checkDefs =
    check: defs:
    if all (def: check def.value) defs then
      null
    else
      { message = "Definition values: ${showDefs (filter (def: !check def.value) defs)}"; };

  wrongType =
    loc: type: detail:
    throw "A definition for option `${showOption loc}' is not of type `${type.description}'. ${detail}";

  # The value of definitions that are final. `merged` is their checkAndMerge if the type has one.
  valueOf =
    loc: type: defs: merged:
    if defs == [ ] then
      type.emptyValue.value
        or (throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.")
    else if type.merge ? v2 then
      if merged.headError or null == null then
        merged.value
      else
        wrongType loc type "TypeError: ${merged.headError.message}"
    else if all (def: type.check def.value) defs then
      type.merge loc defs
    else
      wrongType loc type "Definition values:${
        showDefs (filter (def: !type.check def.value) defs)
      }";

  # The value of one option or element.
  mergeOne =
    loc: type: defs:
    let
      final = finalDefinitions defs;
    in
    valueOf loc type final.values (checkAndMerge loc type final.values);

  # The same for an element of a list or a set, which may turn out not to be there.
  element =
    loc: type: defs:
    let
      final = finalDefinitions defs;
      merged = checkAndMerge loc type final.values;
      value = valueOf loc type final.values merged;
    in
    {
      inherit value;
      isDefined = final.values != [ ];
      inherit (describe type merged value) valueMeta;
    };

  mergeDefinitions =
    loc: type: defs:
    let
      defsFinal' = finalDefinitions defs;
      defsFinal = defsFinal'.values;
      merged = checkAndMerge loc type defsFinal;
      mergedValue = valueOf loc type defsFinal merged;
      isDefined = defsFinal != [ ];
    in
    {
      inherit
        defsFinal
        defsFinal'
        isDefined
        mergedValue
        ;
      checkedAndMerged = describe type merged mergedValue;
      optionalValue = if isDefined then { value = mergedValue; } else { };
    };

  describe =
    type: merged: mergedValue:
    if type.merge ? v2 then
      merged // { valueMeta = merged.valueMeta // { _internal = { inherit type; }; }; }
    else
      {
        headError = null;
        value = mergedValue;
        valueMeta = { };
      };

  # An option's final definitions, its default counted.
  finalOf =
    option:
    finalise (
      if option ? default then
        {
          file = head option.declarations;
          value = option.default;
        }
      else
        null
    );

  readOnlyClash =
    loc: option: defs:
    let
      all' =
        if option ? default then
          [
            {
              file = head option.declarations;
              value = lib.mkOptionDefault option.default;
            }
          ]
          ++ defs
        else
          defs;
      shown = map (def: def // { value = mergeOne loc option.type [ def ]; }) all';
    in
    if length all' > 1 then
      throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${showDefs shown}"
    else
      null;

  # `{ value; option; }`: the option's value, and the record of it that stands in `options`.
  evalOption =
    loc: option: defs:
    let
      inherit (option) type;
      final =
        if option.readOnly or false then
          builtins.seq (readOnlyClash loc option defs) (finalOf option defs)
        else
          finalOf option defs;
      merged = checkAndMerge loc type final.values;
      plain = valueOf loc type final.values merged;
      value = addErrorContext "while evaluating the option `${showOption loc}':" (
        if type.deprecationMessage or null != null then
          lib.warn "The type `types.${type.name}' of option `${showOption loc}' defined in ${lib.showFiles option.declarations} is deprecated. ${type.deprecationMessage}" applied
        else
          applied
      );
      applied = if option ? apply then option.apply plain else plain;
    in
    {
      inherit value;
      option = option // {
        inherit loc value;
        inherit (final) highestPrio;
        definitions = map (def: def.value) final.values;
        files = map (def: def.file) final.values;
        definitionsWithLocations = final.values;
        isDefined = final.values != [ ];
        inherit (describe type merged plain) valueMeta;
        __toString = _: showOption loc;
      };
    };
in
{
  inherit
    checkAndMerge
    checkDefs
    coherent
    element
    evalOption
    mergeDefinitions
    mergeOne
    ;
  evalOptionValue = loc: option: defs: (evalOption loc option defs).option;
}
