# Types made from other types: null or, either, coercion, uniqueness, tagged unions.
{ lib, core }:
let
  inherit (builtins)
    addErrorContext
    all
    attrNames
    concatStringsSep
    elemAt
    filter
    foldl'
    head
    isAttrs
    length
    mapAttrs
    tail
    unsafeGetAttrPos
    ;
  inherit (core)
    addCheck
    checkWith
    defaultFunctor
    elemTypeFunctor
    mergeWith
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (lib.modules.definitions) checkAndMerge checkDefs;
  inherit (lib)
    escapeNixIdentifier
    escapeNixString
    showDefs
    showFiles
    showOption
    types
    ;

  filesOf = defs: showFiles (map (def: def.file) defs);
  isNoun = class: class == "noun";
  isNounOrConjunction = class: class == "noun" || class == "conjunction";

  nullOr =
    elemType:
    mkOptionType {
      name = "nullOr";
      description = "null or ${optionDescriptionPhrase isNounOrConjunction elemType}";
      descriptionClass = "conjunction";
      check = value: value == null || elemType.check value;
      merge =
        loc: defs:
        let
          nulls = length (filter (def: def.value == null) defs);
        in
        if nulls == 0 then
          elemType.merge loc defs
        else if nulls == length defs then
          null
        else
          throw "The option `${showOption loc}` is defined both null and not null, in ${filesOf defs}.";
      emptyValue.value = null;
      inherit (elemType) getSubOptions getSubModules;
      substSubModules = modules: nullOr (elemType.substSubModules modules);
      functor = elemTypeFunctor "nullOr" elemType nullOr;
      nestedTypes = { inherit elemType; };
    };

  eitherDescription =
    left: right:
    if left.descriptionClass or null == "nonRestrictiveClause" then
      "${left.description}, or ${optionDescriptionPhrase isNounOrConjunction right}"
    else
      "${optionDescriptionPhrase isNounOrConjunction left} or ${
        optionDescriptionPhrase (class: isNounOrConjunction class || class == "composite") right
      }";

  # What becomes of definitions that fit neither side. A freeform type is not checked before it
  # merges, hence the warning in place of an error.
  neither =
    left: right: loc: defs:
    let
      headError.message = "The option `${showOption loc}` is neither a value of type `${left.description}` nor `${right.description}`, Definition values: ${showDefs defs}";
    in
    {
      inherit headError;
      valueMeta = { inherit headError; };
      value = lib.warn ''
        One or more definitions did not pass the type-check of the 'either' type.
        ${headError.message}
        If `either`, `oneOf` or similar is used in freeformType, ensure that it is preceded by an 'attrsOf' such as: `freeformType = types.attrsOf (types.either t1 t2)`.
        Otherwise consider using the correct type for the option `${showOption loc}`.  This will be an error in Nixpkgs 26.05.
      '' (lib.mergeOneOption loc defs);
    };

  either =
    left: right:
    let
      functor = {
        name = "either";
        payload.elemType = [
          left
          right
        ];
        type = payload: either (head payload.elemType) (elemAt payload.elemType 1);
        binOp =
          a: b:
          let
            merged = [
              ((head a.elemType).typeMerge (head b.elemType).functor)
              ((elemAt a.elemType 1).typeMerge (elemAt b.elemType 1).functor)
            ];
          in
          if builtins.elem null merged then null else { elemType = merged; };
      };
    in
    mkOptionType {
      name = "either";
      description = eitherDescription left right;
      descriptionClass = "conjunction";
      check = checkWith (value: left.check value || right.check value);
      merge = mergeWith (
        { loc, defs }:
        let
          asLeft = checkAndMerge loc left defs;
          asRight = checkAndMerge loc right defs;
        in
        if asLeft.headError == null then
          asLeft
        else if asRight.headError == null then
          asRight
        else
          neither left right loc defs
      );
      inherit functor;
      nestedTypes = { inherit left right; };
    };

  oneOf =
    members:
    if members == [ ] then
      throw "types.oneOf needs to get at least one type in its argument"
    else
      foldl' either (head members) (tail members);

  coercedTo =
    coercedType: coerce: finalType:
    assert lib.assertMsg (coercedType.getSubModules == null)
      "coercedTo: coercedType must not have submodules (it’s a ${coercedType.description})";
    let
      check =
        value: coercedType.check value && finalType.check (coerce value) || finalType.check value;
      fits =
        loc: def:
        if coercedType.merge ? v2 then
          (checkAndMerge loc coercedType [ def ]).headError == null
        else
          coercedType.check def.value;
    in
    mkOptionType {
      name = "coercedTo";
      description = "${optionDescriptionPhrase isNoun finalType} or ${optionDescriptionPhrase isNoun coercedType} convertible to it";
      check = checkWith check;
      merge = mergeWith (
        { loc, defs }:
        let
          coerced = map (
            def: def // { value = if fits loc def then coerce def.value else def.value; }
          ) defs;
          merged = checkAndMerge loc finalType coerced;
        in
        if finalType.merge ? v2 then merged else merged // { headError = checkDefs check defs; }
      );
      inherit (finalType) emptyValue getSubOptions getSubModules;
      substSubModules = modules: coercedTo coercedType coerce (finalType.substSubModules modules);
      typeMerge = _: null;
      functor = defaultFunctor "coercedTo";
      nestedTypes = { inherit coercedType finalType; };
    };

  unique =
    { message }:
    type:
    mkOptionType {
      name = "unique";
      inherit (type)
        check
        description
        descriptionClass
        emptyValue
        getSubOptions
        getSubModules
        ;
      merge = lib.mergeUniqueOption {
        inherit message;
        inherit (type) merge;
      };
      substSubModules = modules: uniq (type.substSubModules modules);
      functor = elemTypeFunctor "unique" type (unique {
        inherit message;
      });
      nestedTypes.elemType = type;
    };
  uniq = unique { message = ""; };

  # Values that a data format can hold.
  serializableValueWith =
    {
      typeName,
      nullable ? true,
    }:
    let
      plain = oneOf (
        with types;
        [
          bool
          int
          float
          str
          path
          (attrsOf value)
          (listOf value)
        ]
      );
      value = (if nullable then nullOr plain else plain) // {
        description = "${typeName} value";
      };
    in
    value;

  # A set with exactly one attribute, whose name says which of the options in `tags` its value is.
  attrTag =
    tags:
    let
      located = mapAttrs (
        name: option:
        let
          pos = unsafeGetAttrPos name tags;
          where = if pos == null then "" else " at ${pos.file}:${toString pos.line}:${toString pos.column}";
          isOption = option._type or null == "option";
        in
        addErrorContext
          "while checking that attrTag tag ${escapeNixIdentifier name} is an option with a type${where}"
          (
            if isOption then
              option
              // {
                declarations = option.declarations or (if pos == null then [ ] else [ pos.file ]);
                declarationPositions = option.declarationPositions or (if pos == null then [ ] else [ pos ]);
              }
            else
              throw "In attrTag, each tag value must be an option, but tag ${escapeNixIdentifier name} ${notAnOption option}"
          )
      ) tags;
      choices = concatStringsSep ", " (map escapeNixIdentifier (attrNames tags));
      tagOf = def: head (attrNames def.value);
    in
    mkOptionType {
      name = "attrTag";
      description = "attribute-tagged union with choices: ${choices}";
      descriptionClass = "noun";
      check = value: isAttrs value && length (attrNames value) == 1 && tags ? ${head (attrNames value)};
      merge =
        loc: defs:
        let
          choice = tagOf (head defs);
          inChoice =
            def:
            if tagOf def == choice then
              {
                inherit (def) file;
                value = def.value.${choice};
              }
            else
              throw "The option `${showOption loc}` is defined both as `${choice}` and `${tagOf def}`, in ${filesOf defs}.";
        in
        if located ? ${choice} then
          {
            ${choice} =
              (lib.modules.evalOptionValue (loc ++ [ choice ]) located.${choice} (map inChoice defs)).value;
          }
        else
          throw "The option `${showOption loc}` is defined as ${escapeNixIdentifier choice}, but ${escapeNixIdentifier choice} is not among the valid choices (${choices}). Value ${choice} was defined in ${filesOf defs}.";
      getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; }) located;
      functor = defaultFunctor "attrTag" // {
        payload.tags = located;
        type = payload: attrTag payload.tags;
        binOp = mergeTags;
      };
      nestedTypes = located;
    };

  notAnOption =
    value:
    if !(value ? _type) then
      "was not."
    else if value._type == "option-type" then
      "was a bare type, not wrapped in mkOption."
    else
      "was of type ${escapeNixString value._type}.";

  mergeTags =
    a: b:
    let
      asDecl = options: {
        inherit options;
        _file = "<attrTag {...}>";
        pos = null;
      };
      mergeTag =
        name: option:
        let
          known = a.tags.${name};
        in
        lib.mergeOptionDecls [ name ] [ (asDecl known) (asDecl option) ]
        // {
          declarations = known.declarations ++ option.declarations;
          declarationPositions = known.declarationPositions ++ option.declarationPositions;
        };
    in
    {
      tags = a.tags // b.tags // mapAttrs mergeTag (builtins.intersectAttrs a.tags b.tags);
    };
in
{
  inherit
    attrTag
    coercedTo
    either
    nullOr
    oneOf
    serializableValueWith
    uniq
    unique
    ;
  json = serializableValueWith { typeName = "JSON"; };
  toml = serializableValueWith {
    typeName = "TOML";
    nullable = false;
  };
  # nixpkgs' package set.
  pkgs = addCheck (
    unique { message = "A Nixpkgs pkgs set can not be merged with another pkgs set."; } types.attrs
    // {
      name = "pkgs";
      descriptionClass = "noun";
      description = "Nixpkgs package set";
    }
  ) (value: value._type or null == "pkgs");
}
