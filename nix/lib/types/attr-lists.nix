# Attribute lists: lists of one-attribute sets, for formats where order matters and names repeat.
# A definition is such a list, or a set whose values may carry mkOrder, mkBefore and mkAfter.
{ lib, core }:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    foldl'
    head
    isAttrs
    isList
    length
    map
    sort
    typeOf
    zipAttrsWith
    ;
  inherit (core)
    checkWith
    mergeWith
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (lib.modules.definitions) checkDefs element;
  inherit (lib.modules)
    defaultOrderPriority
    defaultOverridePriority
    mkDefinition
    mkOrder
    mkOverride
    ;
  inherit (lib) showDefs showOption;

  isList' = value: isList value || isAttrs value;

  # Takes order and override off a value. The override stays on it, for the element's own merge.
  peel =
    value:
    let
      kind = value._type or null;
      inner = peel value.content;
    in
    # What an override wraps is not looked at here: it may lose against another.
    if kind == "order" then
      {
        inherit (inner) override value;
        order = value.priority;
      }
    else if kind == "override" then
      {
        inherit (inner) order;
        override = value.priority;
        value = mkOverride value.priority inner.value;
      }
    else
      {
        inherit value;
        order = defaultOrderPriority;
        override = defaultOverridePriority;
      };

  # One entry of a definition that is a list: `{ name = value; }`, perhaps inside mkOrder.
  entryOf =
    loc: description: file: raw:
    let
      isOrdered = raw._type or null == "order";
      set = if isOrdered then raw.content else raw;
      key = head (attrNames set);
      peeled = peel set.${key};
      problem =
        if !isAttrs set then
          "Each list element must be an attribute set, but got ${typeOf set}"
        else
          "Each list element must be a single-key attribute set, but got ${toString (length (attrNames set))} keys";
      shown = showDefs [
        {
          inherit file;
          value = raw;
        }
      ];
    in
    if isAttrs set && length (attrNames set) == 1 then
      peeled
      // {
        inherit file key;
        order = if isOrdered then raw.priority else peeled.order;
      }
    else
      throw "A definition for option `${showOption loc}' is not of type `${description}'. ${problem}.${shown}";

  entriesOf =
    loc: description: def:
    if isList def.value then
      map (entryOf loc description def.file) def.value
    else
      map (key: peel def.value.${key} // { inherit (def) file; inherit key; }) (attrNames def.value);

  # For each name the entries of the best priority; all of them in their order.
  winners =
    entries:
    let
      best = foldl' (
        known: entry:
        if entry.override < known.${entry.key} or defaultOverridePriority then
          known // { ${entry.key} = entry.override; }
        else
          known
      ) { } entries;
      wins = entry: entry.override == best.${entry.key} or defaultOverridePriority;
    in
    sort (a: b: a.order < b.order) (filter wins entries);

  attrListWith =
    spec@{
      elemType,
      asAttrs ? false,
      mergeAttrValues ? _: values: values,
    }:
    let
      description = "attribute list of ${
        optionDescriptionPhrase (class: class == "noun" || class == "composite") elemType
      }";
    in
    mkOptionType {
      name = "attrListOf";
      inherit description;
      descriptionClass = "composite";
      check = checkWith isList';
      merge = mergeWith (
        { loc, defs }:
        let
          merged = filter (entry: entry.result.isDefined) (
            map (
              entry:
              entry
              // {
                result = element (loc ++ [ entry.key ]) elemType [ { inherit (entry) file value; } ];
              }
            ) (winners (concatMap (entriesOf loc description) defs))
          );
          ordered = map (entry: { ${entry.key} = entry.result.value; }) merged;
        in
        {
          headError = checkDefs isList' defs;
          value = if asAttrs then zipAttrsWith mergeAttrValues ordered else ordered;
          valueMeta = {
            attrList = map (entry: entry.result.valueMeta) merged;
            attrListValue = ordered;
            definitions = map (
              entry:
              mkDefinition {
                inherit (entry) file;
                value = mkOrder entry.order { ${entry.key} = entry.result.value; };
              }
            ) merged;
          };
        }
      );
      emptyValue.value = if asAttrs then { } else [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      inherit (elemType) getSubModules;
      substSubModules =
        modules: attrListWith (spec // { elemType = elemType.substSubModules modules; });
      typeMerge = _: null;
      nestedTypes = { inherit elemType; };
    };
in
{
  inherit attrListWith;
  attrListOf = elemType: attrListWith { inherit elemType; };
}
