# Mistakes, for the text of the error: each value fails.
lib:
let
  inherit (lib) evalModules mkOption types;

  file = name: config: {
    _file = name;
    inherit config;
  };
  one =
    type: values:
    (evalModules {
      modules = [
        {
          _file = "options.nix";
          options.it = mkOption { inherit type; };
        }
      ]
      ++ lib.imap0 (i: it: file "given-${toString i}.nix" { inherit it; }) values;
    }).config.it;
  of = modules: (evalModules { inherit modules; }).config;
  deep = value: builtins.deepSeq value value;

  wrong = {
    bool = [ types.bool "yes" ];
    int = [ types.int "1" ];
    float = [ types.float 1 ];
    number = [ types.number "1" ];
    positive = [ types.ints.positive 0 ];
    unsigned = [ types.ints.unsigned (-1) ];
    between = [ (types.ints.between 1 3) 4 ];
    u8 = [ types.ints.u8 256 ];
    port = [ types.port 65536 ];
    nonnegative = [ types.numbers.nonnegative (-0.5) ];
    str = [ types.str 1 ];
    nonEmptyStr = [ types.nonEmptyStr " " ];
    singleLineStr = [ types.singleLineStr "a\nb" ];
    strMatching = [ (types.strMatching "[a-c]+") "xyz" ];
    lines = [ types.lines 1 ];
    commas = [ types.commas [ ] ];
    separatedString = [ (types.separatedString "+") null ];
    path = [ types.path "relative" ];
    pathInStore = [ types.pathInStore "/etc" ];
    externalPath = [ types.externalPath "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-x" ];
    package = [ types.package 1 ];
    shellPackage = [ types.shellPackage { type = "derivation"; outPath = "/x"; } ];
    passwdEntry = [ (types.passwdEntry types.str) "a:b" ];
    enum = [ (types.enum [ "a" "b" ]) "c" ];
    enumOne = [ (types.enum [ "a" ]) "c" ];
    listOf = [ (types.listOf types.int) { } ];
    listElement = [ (types.listOf types.int) [ 1 "a" ] ];
    nonEmptyListOf = [ (types.nonEmptyListOf types.int) [ ] ];
    attrsOf = [ (types.attrsOf types.int) [ ] ];
    attrValue = [ (types.attrsOf types.int) { a = 1; b = "c"; } ];
    lazyAttrsOf = [ (types.lazyAttrsOf types.int) { a = "x"; } ];
    attrs = [ types.attrs 1 ];
    nullOr = [ (types.nullOr types.int) "x" ];
    either = [ (types.either types.int types.bool) "x" ];
    oneOf = [ (types.oneOf [ types.int types.bool (types.listOf types.int) ]) "x" ];
    coercedTo = [ (types.coercedTo types.int toString types.str) [ ] ];
    coercedWrong = [ (types.coercedTo types.int (x: x) types.str) 1 ];
    functionTo = [ (types.functionTo types.int) 1 ];
    submodule = [ (types.submodule { }) 1 ];
    submoduleUnknown = [ (types.submodule { options.known = mkOption { }; }) { knwon = 1; } ];
    submoduleValue = [ (types.submodule { options.a = mkOption { type = types.int; }; }) { a = "x"; } ];
    submoduleMissing = [ (types.submodule { options.a = mkOption { type = types.int; }; }) { } ];
    submoduleClass = [ (types.submoduleWith { class = "mine"; modules = [ ]; }) ({ ... }: { _class = "yours"; }) ];
    deferredModule = [ types.deferredModule 1 ];
    addCheck = [ (types.addCheck types.int (x: x > 2)) 1 ];
    attrTagNone = [ (types.attrTag { a = mkOption { type = types.int; }; }) { } ];
    attrTagTwo = [ (types.attrTag { a = mkOption { }; b = mkOption { }; }) { a = 1; b = 2; } ];
    attrTagUnknown = [ (types.attrTag { a = mkOption { }; }) { c = 1; } ];
    attrTagValue = [ (types.attrTag { a = mkOption { type = types.int; }; }) { a = "x"; } ];
    optionType = [ types.optionType 1 ];
    long = [ types.int (lib.range 1 100) ];
    nestedValue = [ types.int { a.b.c = [ "x" { y = null; } ]; f = x: x; } ];
    multiline = [ types.int "a\nb\n" ];
  };

  twice = {
    int = [ types.int 1 2 ];
    str = [ types.str "a" "b" ];
    bool = [ types.bool true false ];
    path = [ types.path "/a" "/b" ];
    enum = [ (types.enum [ 1 2 ]) 1 2 ];
    nullAndValue = [ (types.nullOr types.int) null 1 ];
    anything = [ types.anything 1 2 ];
    anythingKinds = [ types.anything { a = 1; } [ ] ];
    uniq = [ (types.uniq (types.listOf types.int)) [ 1 ] [ 2 ] ];
    unique = [ (types.unique { message = "There can be one."; } types.int) 1 1 ];
    raw = [ types.raw 1 1 ];
    package = [ types.package { type = "derivation"; outPath = "/a"; name = "a"; } { type = "derivation"; outPath = "/b"; name = "b"; } ];
    submodule = [ (types.attrsOf (types.submodule { options.a = mkOption { type = types.int; }; })) { x.a = 1; } { x.a = 2; } ];
    eitherKinds = [ (types.either types.int (types.listOf types.int)) 1 [ 2 ] ];
    unspecified = [ types.unspecified 1 2 ];
    optionType = [ types.optionType types.int types.str ];
  };
in
lib.mapAttrs' (name: parts: {
  name = "wrong ${name}";
  value = deep (one (builtins.head parts) (builtins.tail parts));
}) wrong
// lib.mapAttrs' (name: parts: {
  name = "twice ${name}";
  value = deep (one (builtins.head parts) (builtins.tail parts));
}) twice
// {
  "undefined" = one types.int [ ];
  "undefined without type" = (of [ { options.a.b = mkOption { }; } ]).a.b;
  "unknown option" = of [
    { options.known.inner = mkOption { default = 1; }; }
    (file "user.nix" { known.iner = 2; })
  ];
  "unknown option far away" = of [
    { options.known = mkOption { default = 1; }; }
    (file "user.nix" { something.quite.different = 2; })
  ];
  "unknown option with a long value" = of [
    { options.known = mkOption { default = 1; }; }
    (file "user.nix" { other = lib.genAttrs (map toString (lib.range 1 50)) (x: x); })
  ];
  "no options" = of [ (file "user.nix" { a = 1; }) ];
  "an option inside an option" =
    (of [
      { _file = "a.nix"; options.a = mkOption { default = { }; type = types.attrsOf types.int; }; }
      { _file = "b.nix"; options.a.b = mkOption { default = 1; }; }
    ]).a;
  "declared twice" =
    (of [
      { _file = "a.nix"; options.a = mkOption { type = types.int; default = 1; }; }
      { _file = "b.nix"; options.a = mkOption { type = types.str; default = "1"; }; }
    ]).a;
  "defaults twice" =
    (of [
      { _file = "a.nix"; options.a = mkOption { default = 1; }; }
      { _file = "b.nix"; options.a = mkOption { default = 2; }; }
    ]).a;
  "read only twice" =
    (of [
      { options.a = mkOption { readOnly = true; type = types.int; }; }
      (file "x.nix" { a = 1; })
      (file "y.nix" { a = 1; })
    ]).a;
  "read only with a default" =
    (of [
      { options.a = mkOption { readOnly = true; default = 1; }; }
      (file "x.nix" { a = 1; })
    ]).a;
  "not an option" = (of [ { _file = "a.nix"; options.a = 1; } ]).a;
  "a set for an option group" = of [
    { options.a.b = mkOption { default = 1; }; }
    (file "user.nix" { a = 5; })
  ];
  "not a module" = of [ 1 ];
  "an unsupported attribute" = of [
    {
      _file = "mixed.nix";
      options.a = mkOption { };
      a = 1;
    }
  ];
  "an option as a module" = of [ (mkOption { }) ];
  "a configuration as a module" = of [ (evalModules { modules = [ ]; }) ];
  "a missing argument" = of [ ({ nowhere, ... }: { options.a = mkOption { default = nowhere; }; }) ];
  "another class, without a file" = (evalModules {
    class = "nixos";
    modules = [ { _class = "darwin"; } ];
  }).config;
  "another class" = (evalModules {
    class = "nixos";
    modules = [ { _class = "darwin"; _file = "d.nix"; } ];
  }).config;
  "a removed option" =
    let
      evaluated = of [
        { options.assertions = mkOption { type = types.listOf types.raw; default = [ ]; }; }
        (lib.mkRemovedOptionModule [ "old" ] "It is gone.")
        (file "user.nix" { old = 1; })
      ];
    in
    throw (builtins.head evaluated.assertions).message;
  "reading a removed option" =
    (of [
      { options.assertions = mkOption { type = types.listOf types.raw; default = [ ]; }; }
      (lib.mkRemovedOptionModule [ "old" ] "It is gone.")
    ]).old;
  "a bad type" = (of [ { options.a = mkOption { type = types.listOf (types.attrsOf 1); }; } (file "x.nix" { a = [ { b = 1; } ]; }) ]).a;
  "mkOption without arguments of its kind" = mkOption { typ = types.int; };
  "freeform of a wrong type" = of [
    {
      freeformType = types.attrsOf types.int;
      _file = "free.nix";
      config.a = "x";
    }
  ];
  "disabled modules of a wrong kind" = of [ { disabledModules = [ { } ]; } ];
  "imports that are no list" = of [ { imports = 1; } ];
  "mkIf without a boolean" = (of [ { options.a = mkOption { default = 1; }; } (file "x.nix" { a = lib.mkIf "yes" 2; }) ]).a;
  "assertMsg" = assert lib.assertMsg false "the message"; 1;
  "assertOneOf" = assert lib.assertOneOf "x" 1 [ 2 3 ]; 1;
  "throwIf" = lib.throwIf true "thrown" 1;
  "throwIfNot" = lib.throwIfNot false "thrown" 1;
  "checkListOfEnum" = lib.checkListOfEnum "colors" [ "a" ] [ "b" ] 1;
  "getAttrFromPath" = lib.getAttrFromPath [ "a" "b" ] { a = { }; };
  "head" = lib.head [ ];
  "last" = lib.last [ ];
  "init" = lib.init [ ];
  "elemAt" = lib.elemAt [ 1 ] 2;
  "findSingle" = lib.findSingle (x: x > 1) (throw "none") (throw "several") [ 2 3 ];
  "toInt" = lib.toInt "1x";
  "toInt zero" = lib.toInt "012";
  "toIntBase10" = lib.toIntBase10 "x";
  "fixedWidthString" = lib.fixedWidthString 2 "0" "abc";
  "getExe" = lib.getExe { name = "x"; };
  "getExe'" = lib.getExe' { outPath = "/x"; } "a/b";
  "escapeShellArg" = lib.escapeShellArg { };
  "genAttrs" = deep (lib.genAttrs [ 1 ] (x: x));
  "toHexString" = lib.toHexString (-1);
  "cartesianProduct" = lib.cartesianProduct 1;
  "strings.concatStringsSep" = lib.concatStringsSep "," [ 1 ];
  "removeSuffix" = lib.removeSuffix 1 "x";
  "toBaseDigits" = lib.toBaseDigits 10 (-1);
  "isStorePath" = lib.path.append ./. "/absolute";
  "path.subpath.normalise" = lib.path.subpath.normalise "../x";
  "path.removePrefix" = lib.path.removePrefix /a /b;
  "generators.toINI" = lib.generators.toINI { } { a.b = [ 1 ]; };
  "generators.toKeyValue" = lib.generators.toKeyValue { } { a = { }; };
  "generators.mkValueStringDefault" = lib.generators.mkValueStringDefault { } (x: x);
  "generators.toGitINI" = lib.generators.toGitINI { a = 1; };
  "generators.withRecursion" = lib.generators.toPretty { } (
    lib.generators.withRecursion { depthLimit = 1; } { a.b.c = 1; }
  );
  "generators.toPlist" = lib.generators.toPlist { escape = true; } { a = x: x; };
  "generators.toDhall" = lib.generators.toDhall { } null;
  "generators.toLua" = lib.generators.toLua { } (x: x);
  "gvariant int" = toString (lib.gvariant.mkValue 1);
  "gvariant set" = toString (lib.gvariant.mkValue { });
  "gvariant null" = toString (lib.gvariant.mkValue null);
  "gvariant empty" = toString (lib.gvariant.mkValue [ ]);
  "gvariant mixed" = toString (lib.gvariant.mkValue [ "a" true ]);
  "cli.toCommandLine" = lib.cli.toCommandLineShell (name: { option = "--${name}"; sep = null; explicitBool = false; }) 1;
  "optionAttrSetToDocList" = deep (lib.optionAttrSetToDocList { a = mkOption { } // { loc = [ "a" ]; }; });
  "types.attrTag bad" = one (types.attrTag { a = 1; }) [ { a = 1; } ];
  "types.unique string" = one (types.unique "message" types.int) [ 1 ];
  "callPackage" = lib.callPackageWith { abc = 1; abd = 1; } ({ abcd, other }: { }) { other = 1; };
  "callPackage of a file" = lib.callPackageWith { a = 1; } ./package.nix { };
  "callPackages" = lib.callPackagesWith { } (_: derivation { name = "n"; system = "s"; builder = "b"; }) { };
  "lazyDerivation" = (lib.lazyDerivation { derivation = 1; }).name;
  "commitIdFromGitRepo" = lib.commitIdFromGitRepo ./tree;
  "repoRevToName" = lib.repoRevToName "x";
  "fileset.toSource fileset" = lib.fileset.toSource { root = ./tree; fileset = 1; };
  "fileset.toSource root" = lib.fileset.toSource { root = 1; fileset = ./tree; };
  "fileset.toSource missing" = lib.fileset.toSource { root = ./none; fileset = ./tree; };
  "fileset.union" = lib.fileset.union ./tree 1;
  "fileset.union missing" = lib.fileset.union ./none ./tree;
  "fileset.unions" = lib.fileset.unions 1;
  "fileset.unions element" = lib.fileset.unions [ ./tree { } ];
  "fileset.intersection" = lib.fileset.intersection [ ] ./tree;
  "fileset.difference" = lib.fileset.difference ./tree null;
  "fileset.fileFilter" = lib.fileset.fileFilter 1 ./tree;
  "fileset.fileFilter path" = lib.fileset.fileFilter (_: true) "x";
  "fileset.fileFilter missing" = lib.fileset.fileFilter (_: true) ./none;
  "fileset.fromSource" = lib.fileset.fromSource 1;
  "fileset.fromSource missing" = lib.fileset.fromSource ./none;
  "fileset.maybeMissing" = lib.fileset.maybeMissing 1;
  "fileset.maybeMissing string" = lib.fileset.maybeMissing "x";
  "fileset.gitTracked" = lib.fileset.gitTracked ./tree;
  "fileset.gitTracked file" = lib.fileset.gitTracked ./tree/a.txt;
  "fileset.gitTrackedWith" = lib.fileset.gitTrackedWith { recurseSubmodules = 1; } ./tree;
  "fileset.trace" = lib.fileset.trace 1 2;
  "types.fileset" = one types.fileset [ "x" ];
  "packagesFromDirectoryRecursive" = deep (lib.packagesFromDirectoryRecursive { callPackage = p: _: p; directory = ./tree; });
  "ipv6 characters" = (lib.network.ipv6.fromString "g::").address;
  "ipv6 groups" = (lib.network.ipv6.fromString "1:2").address;
  "ipv6 group" = (lib.network.ipv6.fromString "::fffff").address;
  "ipv6 prefix" = (lib.network.ipv6.fromString "::/200").prefixLength;
  "ipv6 slashes" = deep (lib.network.ipv6.fromString "::/2/3");
  "mac" = lib.mkEUI64Suffix "x";
}
