# Properties: the wrappers a definition can carry (mkIf, mkMerge, mkForce, mkOrder, …) and the
# functions that take them off again.
{ lib }:
let
  inherit (builtins)
    any
    concatMap
    filter
    foldl'
    head
    isAttrs
    isBool
    length
    mapAttrs
    sort
    ;

  defaultOverridePriority = 100;
  defaultOrderPriority = 1000;
  optionDefaultPriority = 1500;
  # Worse than any priority a definition can have.
  noPriority = 9999;

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOptionDefault = mkOverride optionDefaultPriority;
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };

  kindOf = value: value._type or null;

  # Moves mkIf and mkOverride from a set into its attributes and splits mkMerge, so that a condition
  # is only looked at when an option that it guards is. Gives a list of `{ file, config }`.
  pushDown =
    file: value:
    if !(value ? _type) then
      [
        {
          inherit file;
          config = value;
        }
      ]
    else
      map (config: { inherit file config; }) (spread value);

  spread =
    value:
    let
      kind = kindOf value;
      wrapEach =
        wrap: set:
        if isAttrs set then mapAttrs (_: wrap) set else set;
    in
    if kind == "merge" then
      concatMap spread value.contents
    else if kind == "if" then
      map (wrapEach (mkIf value.condition)) (spread value.content)
    else if kind == "override" then
      map (wrapEach (mkOverride value.priority)) (spread value.content)
    else
      [ value ];

  # The values that remain of one definition once its conditions are decided.
  discharge =
    value:
    if !(value ? _type) then
      [ value ]
    else if value._type == "if" then
      if !isBool value.condition then
        throw "‘mkIf’ called with a non-Boolean condition"
      else if value.condition then
        discharge value.content
      else
        [ ]
    else if value._type == "merge" then
      concatMap discharge value.contents
    else
      [ value ];

  priorityOf =
    def: if kindOf def.value == "override" then def.value.priority else defaultOverridePriority;
  stripOverride =
    def: if kindOf def.value == "override" then def // { value = def.value.content; } else def;

  # Keeps the definitions of the best (lowest) priority; also says which one that is.
  filterOverrides' =
    defs:
    let
      highestPrio =
        if length defs == 1 then
          priorityOf (head defs)
        else
          foldl' (
            best: def:
            let
              prio = priorityOf def;
            in
            if prio < best then prio else best
          ) noPriority defs;
    in
    {
      inherit highestPrio;
      values = map stripOverride (filter (def: priorityOf def == highestPrio) defs);
    };

  sortProperties =
    defs:
    let
      strip =
        def:
        if kindOf def.value == "order" then
          def
          // {
            value = def.value.content;
            inherit (def.value) priority;
          }
        else
          def;
      orderOf = def: def.priority or defaultOrderPriority;
    in
    sort (a: b: orderOf a < orderOf b) (map strip defs);

  sortIfOrdered =
    defs: if any (def: kindOf def.value == "order") defs then sortProperties defs else defs;

  isWrapped = def: def.value ? _type;

  # The definitions that count: conditions decided, overridden ones dropped, ordered. `fallback` is null
  # or a definition for when there is no other. Most values carry no property, so that case comes first.
  finalise =
    fallback: defs: if any isWrapped defs then unwrap fallback defs else unwrapped fallback defs;

  unwrap =
    fallback: defs:
    let
      discharged = concatMap dischargeDefinition defs;
      kept = filterOverrides' (
        if fallback == null then
          discharged
        else
          [ (fallback // { value = mkOptionDefault fallback.value; }) ] ++ discharged
      );
    in
    if any isWrapped discharged then
      {
        values = sortIfOrdered kept.values;
        inherit (kept) highestPrio;
      }
    else
      unwrapped fallback discharged;

  # The same without the priority, which few ask for.
  finalValues =
    fallback: defs:
    if defs == [ ] then
      if fallback == null then [ ] else sortIfOrdered [ fallback ]
    else if any isWrapped defs then
      (unwrap fallback defs).values
    else
      defs;

  unwrapped =
    fallback: defs:
    if defs != [ ] then
      {
        values = defs;
        highestPrio = defaultOverridePriority;
      }
    else if fallback == null then
      {
        values = [ ];
        highestPrio = noPriority;
      }
    else
      {
        values = sortIfOrdered [ fallback ];
        highestPrio = optionDefaultPriority;
      };

  dischargeDefinition =
    def:
    map
      (
        value:
        if value._type or null == "definition" then
          value
        else
          {
            inherit (def) file;
            inherit value;
          }
      )
      (
        builtins.addErrorContext "while evaluating definitions from `${def.file}':" (discharge def.value)
      );

  # Applies `f` to the value inside a definition and keeps the wrappers around it.
  mapDefinitionValue =
    f: def:
    let
      kind = kindOf def;
      inside = mapDefinitionValue f;
    in
    if kind == "merge" then
      def // { contents = map inside def.contents; }
    else if kind == "if" || kind == "override" || kind == "order" then
      def // { content = inside def.content; }
    else if kind == "definition" then
      def // { value = inside def.value; }
    else
      f def;
in
{
  inherit
    defaultOrderPriority
    defaultOverridePriority
    filterOverrides'
    finalise
    finalValues
    mapDefinitionValue
    mkIf
    mkMerge
    mkOptionDefault
    mkOrder
    mkOverride
    pushDown
    sortProperties
    spread
    ;
  filterOverrides = defs: (filterOverrides' defs).values;

  mkDefault = mkOverride 1000;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;

  mkAssert =
    assertion: message: content:
    mkIf (if assertion then true else throw "\nFailed assertion: ${message}") content;
  mkDefinition = args@{ file, value, ... }: args // { _type = "definition"; };
  mkFixStrictness =
    lib.warn
      "lib.mkFixStrictness has no effect and will be removed. It returns its argument unmodified, so you can just remove any calls."
      (x: x);
}
