# lib.types: what an option's value may be, and how its definitions merge.
{ lib }:
let
  core = import ./core.nix { inherit lib; };
  scalars = import ./scalars.nix { inherit lib core; };
  collections = import ./collections.nix { inherit lib core; };
  unions = import ./unions.nix { inherit lib core; };
  modules = import ./modules.nix { inherit lib core; };
  attrLists = import ./attr-lists.nix { inherit lib core; };
in
{
  inherit (core)
    addCheck
    defaultFunctor
    defaultTypeMerge
    isOptionType
    isType
    mergeTypes
    mkOptionType
    optionDescriptionPhrase
    setType
    ;
  inherit (scalars)
    bool
    boolByOr
    commas
    enum
    envVar
    externalPath
    float
    int
    ints
    lines
    luaInline
    nonEmptyStr
    number
    numbers
    package
    passwdEntry
    path
    pathInStore
    pathWith
    port
    raw
    separatedString
    shellPackage
    singleLineStr
    str
    strMatching
    unspecified
    ;
  inherit (collections)
    anything
    attrs
    attrsOf
    attrsWith
    functionTo
    lazyAttrsOf
    listOf
    loaOf
    nonEmptyListOf
    ;
  inherit (unions)
    attrTag
    coercedTo
    either
    json
    nullOr
    oneOf
    pkgs
    serializableValueWith
    toml
    uniq
    unique
    ;
  inherit (modules)
    deferredModule
    deferredModuleWith
    optionDeclaration
    optionType
    submodule
    submoduleWith
    ;
  inherit (attrLists) attrListOf attrListWith;
  inherit (lib) types;
  fileset = core.mkOptionType {
    name = "fileset";
    description = "fileset";
    descriptionClass = "noun";
    check = lib.fileset.isFileset;
    merge = _: defs: lib.fileset.unions (map (def: def.value) defs);
    emptyValue.value = lib.fileset.empty;
  };
}
