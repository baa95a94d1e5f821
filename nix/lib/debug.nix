# lib.debug and lib.asserts: looking at values while they are evaluated, and refusing wrong ones.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    deepSeq
    elem
    filter
    isAttrs
    isList
    length
    mapAttrs
    substring
    toJSON
    trace
    unsafeDiscardStringContext
    ;
  inherit (lib) mapAttrsToList;
  inherit (lib.generators) toPretty;

  # A value with everything below `depth` elided.
  snip =
    depth: value:
    let
      elided = text: {
        __pretty = _: text;
        val = value;
      };
    in
    if isList value then
      if depth == 0 then elided "[…]" else map (snip (depth - 1)) value
    else if isAttrs value then
      if depth == 0 then elided "{…}" else mapAttrs (_: snip (depth - 1)) value
    else
      value;
in
rec {
  inherit (builtins) addErrorContext trace unsafeGetAttrPos;

  traceIf =
    condition: message: value:
    if condition then trace message value else value;
  traceValFn = f: value: trace (f value) value;
  traceVal = traceValFn (value: value);
  traceSeq = shown: trace (deepSeq shown shown);
  traceSeqN = depth: shown: trace (toPretty { allowPrettyValues = true; } (snip depth shown));
  traceValSeqFn = f: value: traceValFn f (deepSeq value value);
  traceValSeq = traceValSeqFn (value: value);
  traceValSeqNFn =
    f: depth: value:
    traceSeqN depth (f value) value;
  traceValSeqN = traceValSeqNFn (value: value);
  traceFnSeqN =
    depth: name: f: from:
    let
      to = f from;
    in
    traceSeqN (depth + 1) {
      fn = name;
      inherit from to;
    } to;

  # `{ expr; expected; }` tests; gives those that fail. Names start with "test" or stand in `tests`.
  runTests =
    tests:
    let
      chosen = tests.tests or [ ];
      isChosen = name: if chosen == [ ] then substring 0 4 name == "test" else elem name chosen;
    in
    map (name: {
      inherit name;
      inherit (tests.${name}) expected;
      result = tests.${name}.expr;
    }) (
      filter (name: isChosen name && tests.${name}.expr != tests.${name}.expected) (
        builtins.attrNames tests
      )
    );
  throwTestFailures =
    {
      failures,
      description ? "tests",
      ...
    }:
    let
      show = value: unsafeDiscardStringContext (toPretty { allowPrettyValues = true; } value);
      report = failure: ''
        FAIL ${show failure.name}:
        Expected:
        ${show failure.expected}

        Result:
        ${show failure.result}
      '';
      reported = lib.foldl' (_: failure: traceVal (report failure)) null failures;
    in
    if failures == [ ] then
      null
    else
      throw (
        builtins.seq reported (
          "${toString (length failures)} ${description} failed:\n- "
          + concatStringsSep "\n- " (map (failure: failure.name) failures)
          + "\n\n"
          + toJSON failures
        )
      );
  testAllTrue = expr: {
    inherit expr;
    expected = map (_: true) expr;
  };

  asserts = rec {
    assertMsg = condition: message: condition || throw message;
    assertOneOf =
      name: value: valid:
      assertMsg (elem value valid) "${name} must be one of ${toPretty { } valid}, but is: ${toPretty { } value}";
    assertEachOneOf =
      name: values: valid:
      assertMsg (lib.all (value: elem value valid) values)
        "each element in ${name} must be one of ${toPretty { } valid}, but is: ${toPretty { } values}";
    checkAssertWarn =
      assertions: warnings: value:
      let
        failed = filter (item: !item.assertion) assertions;
      in
      if failed == [ ] then
        lib.showWarnings warnings value
      else
        throw "\nFailed assertions:\n${concatStringsSep "\n" (map (item: "- ${item.message}") failed)}";
  };
}
