# lib.attrsets
{ lib }:
let
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    concatLists
    concatMap
    concatStringsSep
    elemAt
    foldl'
    head
    intersectAttrs
    isAttrs
    length
    listToAttrs
    mapAttrs
    tail
    zipAttrsWith
    ;
  inherit (lib) throwIf;
in
rec {
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;

  nameValuePair = name: value: { inherit name value; };
  optionalAttrs = condition: set: if condition then set else { };

  ## Paths

  attrByPath =
    path: default: set:
    let
      count = length path;
      from =
        n: value:
        if n == count then
          value
        else
          let
            name = elemAt path n;
          in
          if value ? ${name} then from (n + 1) value.${name} else default;
    in
    from 0 set;
  hasAttrByPath =
    path: set:
    let
      count = length path;
      from =
        n: value:
        n == count || (value ? ${elemAt path n} && from (n + 1) value.${elemAt path n});
    in
    from 0 set;
  longestValidPathPrefix =
    path: set:
    let
      count = length path;
      from =
        n: value:
        if n < count && value ? ${elemAt path n} then from (n + 1) value.${elemAt path n} else n;
    in
    lib.take (from 0 set) path;
  getAttrFromPath =
    path: attrByPath path (abort ("cannot find attribute '" + concatStringsSep "." path + "'"));
  setAttrByPath =
    path: value:
    let
      count = length path;
      from = n: if n == count then value else { ${elemAt path n} = from (n + 1); };
    in
    from 0;
  showAttrPath =
    path:
    if path == [ ] then "<root attribute path>" else lib.concatMapStringsSep "." lib.escapeNixIdentifier path;

  # Applies updates `{ path; update; }` in their order, those of inner paths first. Parents that are
  # missing are made.
  updateManyAttrsByPath =
    let
      # `known` is `{ }` or `{ value; }`; `depth` names of the paths are behind us.
      apply =
        depth: updates: known:
        let
          split = lib.partition (item: length item.path == depth) updates;
          inner = lib.groupBy (item: elemAt item.path depth) split.wrong;
          path = showAttrPath (lib.take depth (head updates).path);
          below =
            name: items:
            apply (depth + 1) items (
              if known ? value && known.value ? ${name} then { value = known.value.${name}; } else { }
            );
          start =
            if split.wrong == [ ] then
              known.value
                or (throw "updateManyAttrsByPath: Path '${path}' does not exist in the given value, but the first update to this path tries to access the existing value.")
            else if !(known ? value) then
              mapAttrs below inner
            else if isAttrs known.value then
              known.value // mapAttrs below inner
            else
              throw "updateManyAttrsByPath: Path '${
                showAttrPath (head split.wrong).path
              }' needs to be updated, but path '${path}' of the given value is not an attribute set, so we can't update an attribute inside of it.";
        in
        # Not foldl', which would force the value that the first update may replace.
        lib.foldl (value: item: item.update value) start split.right;
    in
    updates: value: if updates == [ ] then value else apply 0 updates { inherit value; };

  ## Selecting

  attrVals = names: set: map (name: set.${name}) names;
  getAttrs =
    names: set:
    listToAttrs (
      map (name: {
        inherit name;
        value = set.${name};
      }) names
    );
  filterAttrs =
    isWanted: set: removeAttrs set (builtins.filter (name: !isWanted name set.${name}) (attrNames set));
  filterAttrsRecursive =
    isWanted: set:
    listToAttrs (
      concatMap (
        name:
        let
          value = set.${name};
        in
        if isWanted name value then
          [
            {
              inherit name;
              value = if isAttrs value then filterAttrsRecursive isWanted value else value;
            }
          ]
        else
          [ ]
      ) (attrNames set)
    );
  collect =
    isWanted: value:
    if isWanted value then
      [ value ]
    else if isAttrs value then
      concatMap (collect isWanted) (attrValues value)
    else
      [ ];
  matchAttrs =
    pattern: set:
    assert isAttrs pattern;
    lib.all (
      name:
      set ? ${name}
      && (
        let
          wanted = pattern.${name};
          value = set.${name};
        in
        if isAttrs wanted then isAttrs value && matchAttrs wanted value else wanted == value
      )
    ) (attrNames pattern);

  ## Mapping and folding

  mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
  mapAttrsToList = f: set: attrValues (mapAttrs f set);
  concatMapAttrs = f: set: mergeAttrsList (attrValues (mapAttrs f set));
  attrsToList = mapAttrsToList nameValuePair;
  genAttrs = names: f: genAttrs' names (name: nameValuePair name (f name));
  genAttrs' = names: f: listToAttrs (map f names);
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  mapAttrsRecursiveCond =
    isBranch: f:
    let
      walk =
        path:
        mapAttrs (
          name: value:
          if isAttrs value && isBranch value then
            walk (path ++ [ name ]) value
          else
            f (path ++ [ name ]) value
        );
    in
    walk [ ];
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);
  mapAttrsToListRecursiveCond =
    isBranch: f:
    let
      walk =
        path: value:
        if isAttrs value && isBranch path value then
          concatMap (name: walk (path ++ [ name ]) value.${name}) (attrNames value)
        else
          [ (f path value) ];
    in
    walk [ ];
  foldlAttrs =
    f: initial: set:
    foldl' (known: name: f known name set.${name}) initial (attrNames set);
  foldAttrs =
    step: initial: sets:
    zipAttrsWith (_: values: lib.foldr step initial values) sets;
  cartesianProduct =
    set:
    foldl' (
      known: name: concatMap (partial: map (value: partial // { ${name} = value; }) set.${name}) known
    ) [ { } ] (attrNames set);
  mapCartesianProduct = f: set: map f (cartesianProduct set);

  ## Merging

  zipAttrs = zipAttrsWith (_: values: values);
  zipAttrsWithNames =
    names: f: sets:
    listToAttrs (
      map (name: {
        inherit name;
        value = f name (catAttrs name sets);
      }) names
    );
  mergeAttrsList =
    sets:
    let
      # Halving keeps the cost at n log n copies where a fold needs n² of them.
      between =
        start: end:
        if end - start >= 2 then
          let
            middle = start + (end - start) / 2;
          in
          between start middle // between middle end
        else
          elemAt sets start;
    in
    if sets == [ ] then { } else between 0 (length sets);
  recursiveUpdateUntil =
    stop: left: right:
    let
      merge =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
          in
          if length values == 1 || stop here (elemAt values 1) (head values) then
            head values
          else
            merge here values
        );
    in
    merge [ ] [ right left ];
  recursiveUpdate = recursiveUpdateUntil (_: a: b: !(isAttrs a && isAttrs b));
  overrideExisting = old: new: old // intersectAttrs old new;
  unionOfDisjoint =
    a: b:
    let
      both = attrNames (intersectAttrs a b);
      mask = mapAttrs (
        name: _:
        throw "unionOfDisjoint: collision on ${name}; complete list: ${concatStringsSep " " both}"
      ) (intersectAttrs a b);
    in
    a // b // mask;

  ## Derivations

  isDerivation = value: value.type or null == "derivation";
  toDerivation =
    path:
    let
      path' = builtins.storePath path;
      result = {
        type = "derivation";
        name = lib.sanitizeDerivationName (builtins.substring 33 (-1) (baseNameOf path'));
        outPath = path';
        outputs = [ "out" ];
        out = result;
        outputName = "out";
      };
    in
    result;
  getOutput =
    output:
    getFirstOutput [
      output
      "out"
    ];
  getFirstOutput =
    candidates: pkg:
    let
      present = builtins.filter (output: pkg ? ${output}) candidates;
    in
    if pkg.outputSpecified or false || present == [ ] then pkg else pkg.${head present};
  getBin = getOutput "bin";
  getLib = getFirstOutput [
    "lib"
    "out"
  ];
  getStatic = getFirstOutput [
    "static"
    "lib"
    "out"
  ];
  getDev = getOutput "dev";
  getInclude = getFirstOutput [
    "include"
    "dev"
    "out"
  ];
  getMan = getFirstOutput [
    "man"
    "out"
  ];
  chooseDevOutputs = map getDev;
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };
}
