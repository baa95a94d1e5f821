# lib.lists
{ lib }:
let
  inherit (builtins)
    add
    all
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    hasAttr
    head
    isInt
    isList
    length
    listToAttrs
    split
    tail
    tryEval
    ;
  inherit (lib)
    compare
    const
    isAttrs
    max
    min
    throwIf
    ;
in
rec {
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    head
    isList
    length
    map
    partition
    tail
    ;

  singleton = x: [ x ];
  toList = x: if isList x then x else [ x ];
  forEach = xs: f: map f xs;
  optional = condition: x: if condition then [ x ] else [ ];
  optionals = condition: xs: if condition then xs else [ ];
  count = isWanted: foldl' (n: x: if isWanted x then n + 1 else n) 0;

  range = first: last: if first > last then [ ] else genList (n: first + n) (last - first + 1);
  replicate = n: x: genList (_: x) n;
  reverseList =
    xs:
    let
      end = length xs - 1;
    in
    genList (n: elemAt xs (end - n)) (end + 1);

  last =
    xs:
    if xs == [ ] then throw "lists.last: list must not be empty!" else elemAt xs (length xs - 1);
  init =
    xs:
    if xs == [ ] then throw "lists.init: list must not be empty!" else sublist 0 (length xs - 1) xs;
  sublist =
    start: count: xs:
    let
      available = length xs - start;
    in
    genList (n: elemAt xs (start + n)) (
      if available <= 0 then
        0
      else if count > available then
        available
      else
        count
    );
  take = sublist 0;
  drop = count: xs: sublist count (length xs) xs;
  takeEnd = count: xs: drop (max 0 (length xs - count)) xs;
  dropEnd = count: xs: take (max 0 (length xs - count)) xs;

  foldr =
    f: initial: xs:
    let
      count = length xs;
      from = n: if n == count then initial else f (elemAt xs n) (from (n + 1));
    in
    from 0;
  fold = lib.warn "lib.fold will be removed in a future version, use lib.foldr instead" foldr;
  foldl =
    f: initial: xs:
    let
      upTo = n: if n < 0 then initial else f (upTo (n - 1)) (elemAt xs n);
    in
    upTo (length xs - 1);

  imap0 = f: xs: genList (n: f n (elemAt xs n)) (length xs);
  imap1 = f: xs: genList (n: f (n + 1) (elemAt xs n)) (length xs);
  ifilter0 =
    isWanted: xs:
    map (elemAt xs) (filter (n: isWanted n (elemAt xs n)) (genList (n: n) (length xs)));
  flatten = x: if isList x then concatMap flatten x else [ x ];
  remove = x: filter (y: y != x);
  removePrefix =
    prefix: xs:
    if hasPrefix prefix xs then
      drop (length prefix) xs
    else
      throw "lists.removePrefix: First argument is not a list prefix of the second argument";
  hasPrefix = prefix: xs: take (length prefix) xs == prefix;
  commonPrefix =
    xs: ys:
    let
      shorter = min (length xs) (length ys);
      differs = n: elemAt xs n != elemAt ys n;
      end = findFirstIndex differs shorter (genList (n: n) shorter);
    in
    take end xs;
  replaceElemAt =
    xs: index: x:
    throwIf (index < 0 || index >= length xs)
      "'lists.replaceElemAt' called with index ${toString index} on a list of size ${toString (length xs)}"
      (genList (n: if n == index then x else elemAt xs n) (length xs));

  findFirstIndex =
    isWanted: default: xs:
    let
      # A fold keeps the stack flat on long lists. Found indexes are -1 - n, so that one number does.
      found = foldl' (
        n: x:
        if n < 0 then
          n
        else if isWanted x then
          -1 - n
        else
          n + 1
      ) 0 xs;
    in
    if found < 0 then -1 - found else default;
  findFirst =
    isWanted: default: xs:
    let
      index = findFirstIndex isWanted null xs;
    in
    if index == null then default else elemAt xs index;
  findSingle =
    isWanted: none: several: xs:
    let
      found = filter isWanted xs;
      count = length found;
    in
    if count == 0 then
      none
    else if count == 1 then
      head found
    else
      several;

  zipListsWith =
    f: xs: ys:
    genList (n: f (elemAt xs n) (elemAt ys n)) (min (length xs) (length ys));
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });
  crossLists =
    lib.warn
      "lib.crossLists is deprecated, use lib.mapCartesianProduct instead."
      (f: foldl' (fs: xs: concatMap (g: map g xs) fs) [ f ]);
  concatAttrValues = set: concatLists (builtins.attrValues set);

  groupBy' =
    step: initial: keyOf: xs:
    builtins.mapAttrs (_: foldl' step initial) (builtins.groupBy keyOf xs);

  unique = foldl' (known: x: if elem x known then known else known ++ [ x ]) [ ];
  uniqueStrings =
    xs:
    builtins.attrNames (
      listToAttrs (
        map (name: {
          inherit name;
          value = null;
        }) xs
      )
    );
  allUnique = xs: length (unique xs) == length xs;
  intersectLists = wanted: filter (x: elem x wanted);
  subtractLists = unwanted: filter (x: !elem x unwanted);
  mutuallyExclusive = xs: ys: !(builtins.any (x: elem x ys) xs);

  sort = builtins.sort;
  sortOn =
    keyOf: xs:
    let
      keyed = map (value: {
        inherit value;
        key = keyOf value;
      }) xs;
    in
    map (x: x.value) (sort (a: b: a.key < b.key) keyed);
  compareLists =
    cmp: xs: ys:
    if xs == [ ] then
      if ys == [ ] then 0 else -1
    else if ys == [ ] then
      1
    else
      let
        first = cmp (head xs) (head ys);
      in
      if first == 0 then compareLists cmp (tail xs) (tail ys) else first;
  naturalSort =
    xs:
    let
      # Digits compare as numbers, the text between them as text.
      keyOf = text: map (part: if isList part then lib.toIntBase10 (head part) else part) (
        split "(0|[1-9][0-9]*)" text
      );
    in
    map (pair: elemAt pair 1) (
      sort (a: b: compareLists compare (head a) (head b) < 0) (map (x: [ (keyOf x) x ]) xs)
    );

  listDfs =
    stopOnCycles: before: xs:
    let
      walk =
        node: visited: rest:
        let
          split' = builtins.partition (x: before x node) rest;
          # The first dependency that has not been visited is walked first.
          deps = split'.right;
        in
        if stopOnCycles && builtins.any (x: before x node) visited then
          {
            cycle = node;
            loops = filter (x: before x node) visited;
            inherit visited rest;
          }
        else if deps == [ ] then
          {
            minimal = node;
            inherit visited rest;
          }
        else
          walk (head deps) ([ node ] ++ visited) (tail deps ++ split'.wrong);
    in
    walk (head xs) [ ] (tail xs);
  toposort =
    before: xs:
    let
      first = listDfs true before xs;
      others = toposort before (first.visited ++ first.rest);
    in
    if length xs < 2 then
      { result = xs; }
    else if first ? cycle then
      {
        cycle = reverseList ([ first.cycle ] ++ first.visited);
        inherit (first) loops;
      }
    else if others ? cycle then
      others
    else
      { result = [ first.minimal ] ++ others.result; };
}
