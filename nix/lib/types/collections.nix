# Types with elements: lists, attribute sets, functions, and `anything`.
{ lib, core }:
let
  inherit (builtins)
    all
    attrNames
    concatLists
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isList
    length
    listToAttrs
    mapAttrs
    typeOf
    zipAttrsWith
    ;
  inherit (core)
    addCheck
    checkWith
    elemTypeFunctor
    mergeWith
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (lib.modules.definitions) checkDefs element mergeOne;
  inherit (lib)
    functionArgs
    imap1
    isFunction
    isStringLike
    showFiles
    showOption
    ;

  ofPhrase = optionDescriptionPhrase (class: class == "noun" || class == "composite");

  listOf =
    elemType:
    mkOptionType {
      name = "listOf";
      description = "list of ${ofPhrase elemType}";
      descriptionClass = "composite";
      check = checkWith isList;
      merge = mergeWith (
        { loc, defs }:
        let
          entries = filter (entry: entry.isDefined) (concatLists (imap1 (entriesOf loc elemType) defs));
        in
        {
          headError = checkDefs isList defs;
          value = map (entry: entry.value) entries;
          valueMeta.list = map (entry: entry.valueMeta) entries;
        }
      );
      emptyValue.value = [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: listOf (elemType.substSubModules modules);
      functor = elemTypeFunctor "listOf" elemType listOf;
      nestedTypes = { inherit elemType; };
    };

  # The entries of one list definition, the `n`th.
  entriesOf =
    loc: elemType: n: def:
    imap1 (
      m: value:
      element (loc ++ [ "[definition ${toString n}-entry ${toString m}]" ]) elemType [
        {
          inherit (def) file;
          inherit value;
        }
      ]
    ) def.value;

  nonEmptyListOf =
    elemType:
    let
      list = addCheck (listOf elemType) (value: value != [ ]);
    in
    list
    // {
      description = "non-empty ${optionDescriptionPhrase (class: class == "noun") list}";
      emptyValue = { };
      substSubModules = modules: nonEmptyListOf (elemType.substSubModules modules);
    };

  # Definitions of the whole set as `merge name definitions` for each attribute.
  byAttr =
    merge: defs:
    if length defs == 1 then
      let
        inherit (head defs) file value;
      in
      mapAttrs (name: value: merge name [ { inherit file value; } ]) value
    else
      zipAttrsWith merge (
        map (def: mapAttrs (_: value: { inherit (def) file; inherit value; }) def.value) defs
      );

  attrsWith =
    {
      elemType,
      lazy ? false,
      placeholder ? "name",
    }:
    mkOptionType {
      name = if lazy then "lazyAttrsOf" else "attrsOf";
      description = "${if lazy then "lazy " else ""}attribute set of ${ofPhrase elemType}";
      descriptionClass = "composite";
      check = checkWith isAttrs;
      merge = mergeWith (
        { loc, defs }:
        let
          elements = byAttr (name: element (loc ++ [ name ]) elemType) defs;
          present = if lazy then elements else lib.filterAttrs (_: entry: entry.isDefined) elements;
        in
        {
          headError = checkDefs isAttrs defs;
          # A lazy set needs no record of its elements for their values, which matters when there are many.
          value =
            if lazy then
              byAttr (name: mergeOne (loc ++ [ name ]) elemType) defs
            else
              mapAttrs (_: entry: entry.value) present;
          valueMeta.attrs = mapAttrs (_: entry: entry.valueMeta) present;
        }
      );
      emptyValue.value = { };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
      inherit (elemType) getSubModules;
      substSubModules =
        modules:
        attrsWith {
          inherit lazy placeholder;
          elemType = elemType.substSubModules modules;
        };
      functor = elemTypeFunctor "attrsWith" elemType (elemType: attrsWith { inherit elemType; }) // {
        type = attrsWith;
        payload = { inherit elemType lazy placeholder; };
        binOp = mergeAttrsWith;
      };
      nestedTypes = { inherit elemType; };
    };

  mergeAttrsWith =
    a: b:
    let
      elemType = a.elemType.typeMerge b.elemType.functor;
      placeholder = if a.placeholder == "name" then b.placeholder else a.placeholder;
      placeholdersAgree = b.placeholder == "name" || b.placeholder == placeholder;
    in
    if elemType == null || a.lazy != b.lazy || !placeholdersAgree then
      null
    else
      {
        inherit elemType placeholder;
        inherit (a) lazy;
      };

  attrsOf = elemType: attrsWith { inherit elemType; };
  lazyAttrsOf =
    elemType:
    attrsWith {
      inherit elemType;
      lazy = true;
    };

  functionTo =
    elemType:
    mkOptionType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${ofPhrase elemType}";
      descriptionClass = "composite";
      check = isFunction;
      merge = loc: defs: {
        __functionArgs = zipAttrsWith (_: all (optional: optional)) (
          map (def: functionArgs def.value) defs
        );
        __functor =
          _: arg:
          mergeOne (loc ++ [ "<function body>" ]) elemType (
            map (def: {
              inherit (def) file;
              value = def.value arg;
            }) defs
          );
      };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: functionTo (elemType.substSubModules modules);
      functor = elemTypeFunctor "functionTo" elemType functionTo;
      nestedTypes = { inherit elemType; };
    };

  # Sets merge recursively, functions by result; everything else must be equal.
  anything = mkOptionType {
    name = "anything";
    description = "anything";
    descriptionClass = "noun";
    check = _: true;
    merge =
      loc: defs:
      let
        kindOf = value: if isAttrs value && isStringLike value then "stringCoercibleSet" else typeOf value;
        kind = kindOf (head defs).value;
      in
      if !(all (def: kindOf def.value == kind) defs) then
        throw "The option `${showOption loc}' has conflicting option types in ${
          showFiles (map (def: def.file) defs)
        }"
      else if kind == "set" then
        (attrsOf anything).merge loc defs
      else if kind == "stringCoercibleSet" then
        lib.mergeOneOption loc defs
      else if kind == "lambda" then
        arg:
        anything.merge (loc ++ [ "<function body>" ]) (
          map (def: {
            inherit (def) file;
            value = def.value arg;
          }) defs
        )
      else
        lib.mergeEqualOption loc defs;
  };
in
{
  inherit
    anything
    attrsOf
    attrsWith
    functionTo
    lazyAttrsOf
    listOf
    nonEmptyListOf
    ;
  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = _: foldl' (known: def: known // def.value) { };
    emptyValue.value = { };
  };
  loaOf =
    elemType:
    attrsOf elemType
    // {
      name = "loaOf";
      deprecationMessage = "Mixing lists with attribute values is no longer possible; please use `types.attrsOf` instead. See https://github.com/NixOS/nixpkgs/issues/1800 for the motivation.";
    };
}
