# Functions that are called with arguments that are filled in, pieces of text, and what derivations are made from.
lib:
let
  drv = derivation {
    name = "a-1.0";
    system = "x86_64-linux";
    builder = "/bin/sh";
    outputs = [
      "out"
      "dev"
    ];
  };
  packages = {
    a = 1;
    b = 2;
    greeting = "hello";
  };
  call = lib.callPackageWith packages;
  f =
    {
      a,
      b ? 10,
      c ? 3,
    }:
    { sum = a + b + c; };
  sum = call f { };
  state =
    value:
    let
      result = builtins.tryEval (builtins.deepSeq value value);
    in
    if result.success then result.value else "throws";
  summary = d: {
    inherit (d) name drvPath outPath type;
    outputs = d.outputs or null;
    dev = "${d.dev or "none"}";
    names = builtins.attrNames d;
  };
  makeScope = lib.makeScope (lib.callPackageWith);
  scope = makeScope (self: {
    x = 1;
    y = self.callPackage ({ x }: { value = x + 1; }) { };
  });
  pieces = {
    a = lib.fullDepEntry "A" [ "b" "c" ];
    b = lib.noDepEntry "B";
    c = lib.stringAfter [ "b" ] "C";
    d = lib.packEntry [ "a" "c" ];
    e = "b";
  };
  kernel = lib.kernel;
in
{
  callPackage = {
    sum = sum.sum;
    override = (sum.override { c = 0; }).sum;
    twice = ((sum.override { c = 0; }).override { b = 0; }).sum;
    function = (sum.override (old: { a = old.a + 100; })).sum;
    args = lib.functionArgs f;
    overrideArgs = lib.functionArgs sum.override;
    given = (call f { a = 5; }).sum;
    number = call ({ a }: a) { };
    makesFunction = (call ({ a }: { x, y ? 2 }: a + x + y) { }) { x = 1; };
    names = builtins.attrNames sum;
    file = (call ./package.nix { }).text;
  };
  callPackages = builtins.mapAttrs (_: p: { inherit (p) v; other = (p.override { b = 7; }).v; }) (
    lib.callPackagesWith packages ({ a, b }: { one = { v = a; }; two = { v = b; }; }) { }
  );
  failures = builtins.mapAttrs (_: state) {
    single = lib.callPackagesWith packages ({ a }: drv) { };
    lazy = (lib.lazyDerivation { derivation = drv; }).drvPath;
    noDerivation = (lib.lazyDerivation { derivation = { }; }).drvPath;
  };
  functor =
    let
      g = lib.makeOverridable {
        __functor = _: { a }: { value = a; };
        extra = 1;
      };
    in
    [
      g.extra
      ((g { a = 1; }).override { a = 2; }).value
    ];
  derivations = builtins.mapAttrs (_: summary) {
    plain = drv;
    other = lib.overrideDerivation drv (old: { name = "${old.name}-b"; });
    extended = lib.extendDerivation true { extra = 1; } drv;
    overridable = (lib.makeOverridable ({ name }: derivation (drv.drvAttrs // { inherit name; })) { name = "n"; }).override { name = "m"; };
    drvOverridden = (lib.makeOverridable ({ name }: derivation (drv.drvAttrs // { inherit name; })) { name = "n"; }).overrideDerivation (_: { name = "k"; });
    lazy = lib.lazyDerivation { derivation = drv; outputs = [ "out" "dev" ]; passthru.more = 1; meta.x = 1; };
    hydra = lib.hydraJob (drv // { meta = { }; });
    named = lib.setName "x" drv;
    updated = lib.updateName (n: "${n}-y") drv;
    appended = lib.appendToName "z" drv;
    prio = lib.hiPrio drv;
  };
  optional = map (c: lib.optionalDrvAttr c 1) [ true false ];
  meta = {
    set = lib.mapDerivationAttrset (_: 1) { a = drv; b = 2; };
    low = (lib.lowPrioSet { a = drv; }).a.meta;
    dont = (lib.dontDistribute drv).meta;
    inherit (lib.meta) defaultPriority;
    available = map (p: lib.meta.availableOn { system = "s"; parsed.cpu = "c"; } { meta = p; }) [
      { }
      { platforms = [ "s" ]; }
      { platforms = [ "t" ]; }
      { platforms = [ { cpu = "c"; } ]; }
      { platforms = [ { parsed.cpu = "d"; } ]; }
      { badPlatforms = [ "s" ]; }
    ];
  };
  scope = {
    y = scope.y.value;
    overridden = (scope.overrideScope (_: _: { x = 41; })).y.value;
    new = (scope.newScope { z = 5; }) ({ x, z }: x + z) { };
    names = builtins.attrNames scope;
  };
  mkDerivation =
    let
      make = lib.extendMkDerivation {
        constructDrv = lib.makeOverridable or lib.id (args: { inherit args; });
        excludeDrvArgNames = [ "secret" ];
        extendDrvArgs = _: { more ? 1, ... }: { extra = more; };
      };
    in
    lib.functionArgs make;
  cross = {
    to = lib.renameCrossIndexTo "p" (lib.mapCrossIndex (x: x + 1) (lib.genAttrs [ "buildBuild" "buildHost" "buildTarget" "hostHost" "hostTarget" "targetTarget" ] (n: builtins.stringLength n)));
    from = lib.renameCrossIndexFrom "p" (lib.genAttrs [ "pBuildBuild" "pBuildHost" "pBuildTarget" "pHostHost" "pHostTarget" "pTargetTarget" ] lib.id);
  };
  texts = {
    list = lib.textClosureList pieces [ "d" "e" "a" ];
    entry = lib.textClosureList pieces [ pieces.a pieces.c ];
    map = lib.textClosureMap (x: "<${x}>") pieces [ "c" "d" ];
  };
  kernel = {
    inherit (kernel) yes no module unset;
    freeform = kernel.freeform "x";
    option = kernel.option kernel.yes;
    when = (kernel.whenHelpers "5.0").whenBetween "4.0" "6.0" 1;
    least = (kernel.whenHelpers "5.0").whenAtLeast "5.1" 1;
    older = (kernel.whenHelpers "5.0").whenOlder "5.1" 1;
  };
  directory = lib.packagesFromDirectoryRecursive {
    callPackage = path: args: lib.removePrefix (toString ./.) (toString path);
    directory = ./tree/src;
  };
  flakes = [
    (lib.parseFlakeRef "github:a/b?dir=c")
    (lib.flakeRefToString { type = "github"; owner = "a"; repo = "b"; })
  ];
  network = {
    addresses = map (text: state (lib.network.ipv6.fromString text)) [
      "::"
      "::1"
      "1::"
      "2001:DB8::32"
      "2001:db8:0:0:0:0:0:1/64"
      "2001:db8::1:0:0:1/128"
      "1:2:3:4:5:6:7:8"
      "1:2:3:4:5:6:7::"
      "::2:3:4:5:6:7:8"
      "1:2:3:4:5:6:7"
      "1:2:3:4:5:6:7:8:9"
      "1::2::3"
      ":1"
      "1:"
      ":::"
      "fffff::"
      "g::"
      "::1/0"
      "::1/129"
      "::1/64/2"
      ""
    ];
    suffixes = map (text: state (lib.network.ipv6.mkEUI64Suffix text)) [
      "66:75:63:6B:20:75"
      "00-11-22-aa-bb-cc"
      "001122aabbcc"
      "00:11:22:aa:bb"
    ];
  };
  exposed = lib.systems.flakeExposed;
  fakes = [ lib.fakeHash lib.fakeSha256 lib.fakeSha512 ];
}
