# What a type is made of, how types merge and how a check is added to one.
{ lib }:
let
  inherit (lib.modules.definitions) checkDefs coherent;

  isType = tag: value: value._type or "" == tag;
  setType = tag: value: value // { _type = tag; };

  # Two declarations of one option: their types as one type, or null.
  defaultTypeMerge =
    a: b:
    if a.name != b.name then
      null
    else if a.payload == null && b.payload == null then
      a.type
    else
      assert a.payload != null && b.payload != null;
      let
        payload = a.binOp a.payload b.payload;
      in
      if payload == null then null else a.type payload;

  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    payload = null;
    binOp = _: _: null;
  };

  # The functor of a type around one element type; `remake` builds the outer type from a payload.
  elemTypeFunctor = name: elemType: remake: {
    inherit name;
    payload = { inherit elemType; };
    type = payload: remake payload.elemType;
    binOp =
      a: b:
      let
        merged = a.elemType.typeMerge b.elemType.functor;
      in
      if merged == null then null else { elemType = merged; };
  };

  mkOptionType =
    {
      name,
      description ? null,
      descriptionClass ? null,
      check ? (_: true),
      merge ? lib.mergeDefaultOption,
      emptyValue ? { },
      getSubOptions ? (_: { }),
      getSubModules ? null,
      substSubModules ? (_: null),
      typeMerge ? defaultTypeMerge functor,
      functor ? defaultFunctor name,
      deprecationMessage ? null,
      nestedTypes ? { },
    }:
    {
      _type = "option-type";
      description = if description == null then name else description;
      inherit
        name
        descriptionClass
        check
        merge
        emptyValue
        getSubOptions
        getSubModules
        substSubModules
        typeMerge
        functor
        deprecationMessage
        nestedTypes
        ;
    };

  # A check and a merge function that belong together: `merge` looks at values and reports what is
  # wrong with them itself. `mergeChecked { loc, defs }` gives `{ headError; value; valueMeta; }`.
  checkWith = check: {
    __functor = _: check;
    isV2MergeCoherent = true;
  };
  mergeWith = mergeChecked: {
    __functor =
      self: loc: defs:
      (self.v2 { inherit loc defs; }).value;
    v2 = mergeChecked;
  };

  addCheck =
    type: check:
    if type.merge ? v2 then
      type
      // {
        check = checkWith (value: type.check value && check value);
        merge = mergeWith (
          args@{ loc, defs }:
          let
            merged = coherent loc type (type.merge.v2 args);
          in
          merged
          // {
            headError = if merged.headError == null then checkDefs check defs else merged.headError;
          }
        );
      }
    else
      type // { check = value: type.check value && check value; };

  mergeTypes =
    a: b:
    assert isType "option-type" a && isType "option-type" b;
    let
      merged = a.typeMerge b.functor;
    in
    if merged == null then setType "merge-error" { error = "Cannot merge types"; } else merged;

  # A type's description as part of another one, in parentheses unless its class reads well without.
  optionDescriptionPhrase =
    isPlain: type:
    if isPlain (type.descriptionClass or null) then type.description else "(${type.description})";
in
{
  inherit
    addCheck
    checkWith
    defaultFunctor
    defaultTypeMerge
    elemTypeFunctor
    isType
    mergeTypes
    mergeWith
    mkOptionType
    optionDescriptionPhrase
    setType
    ;
  isOptionType = isType "option-type";
}
