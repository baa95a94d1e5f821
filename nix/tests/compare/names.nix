# The names of the sets that are whole, and the argument names of the functions in them that take sets.
lib:
let
  sets = {
    inherit (lib)
      asserts
      attrsets
      cli
      customisation
      debug
      derivations
      fileset
      fixedPoints
      flakes
      generators
      gvariant
      kernel
      lists
      network
      options
      path
      strings
      stringsWithDeps
      versions
      ;
    sources = removeAttrs lib.sources [
      "sourceByGlobs"
      "shortRev"
      "urlToName"
    ];
    trivial = removeAttrs lib.trivial [
      "codeName"
      "revisionWithDefault"
    ];
    types = removeAttrs lib.types [
      "noCheckForDocsModule"
    ];
    ints = lib.types.ints;
    numbers = lib.types.numbers;
    subpath = lib.path.subpath;
  };
  describe =
    value:
    let
      kind = builtins.typeOf value;
    in
    if kind != "lambda" then
      kind
    else if builtins.functionArgs value == { } then
      "function"
    else
      builtins.functionArgs value;
in
lib.mapAttrs (_: lib.mapAttrs (_: value: if (builtins.tryEval value).success then describe value else "throws")) sets
