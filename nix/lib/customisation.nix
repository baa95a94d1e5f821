# lib.customisation and lib.derivations: what is called with arguments that are filled in, and can be called again with others.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    deepSeq
    filter
    head
    intersectAttrs
    isAttrs
    isString
    length
    listToAttrs
    mapAttrs
    seq
    unsafeGetAttrPos
    ;
  inherit (lib)
    extends
    functionArgs
    genAttrs
    isDerivation
    isFunction
    mirrorFunctionArgs
    optionalAttrs
    setFunctionArgs
    ;

  functionOf = fn: if isFunction fn then fn else import fn;

  # `f` as a function of its arguments whose results can be made again with other arguments.
  makeOverridable =
    f:
    let
      sameArgs = mirrorFunctionArgs f;
      again = change: args: makeOverridable (sameArgs (new: change (f new))) args;
      call =
        args:
        let
          result = f args;
          override = sameArgs (
            new: makeOverridable f (args // (if isFunction new then new args else new))
          );
        in
        if isAttrs result then
          result
          // {
            inherit override;
            overrideDerivation = change: again (drv: overrideDerivation drv change) args;
          }
          // optionalAttrs (result ? overrideAttrs) {
            overrideAttrs = change: again (drv: drv.overrideAttrs change) args;
          }
        else if isFunction result then
          setFunctionArgs result (functionArgs result) // { inherit override; }
        else
          result;
    in
    if isAttrs f then
      f
      // sameArgs call
      // optionalAttrs (f ? override) { override = new: makeOverridable (f.override new); }
    else
      sameArgs call;

  # The derivation of a package with other attributes.
  overrideDerivation =
    drv: change:
    let
      passthru = drv.passthru or { };
    in
    extendDerivation (seq drv.drvPath true) (
      {
        inherit passthru;
        meta = drv.meta or { };
      }
      // passthru
      // optionalAttrs (drv ? __spliced) {
        __spliced = mapAttrs (_: spliced: overrideDerivation spliced change) drv.__spliced;
      }
    ) (derivation (drv.drvAttrs // change drv));

  # A derivation with more attributes, which can be built only if the condition holds.
  extendDerivation =
    condition: passthru: drv:
    let
      checked = from: {
        drvPath =
          assert condition;
          from.drvPath;
        outPath =
          assert condition;
          from.outPath;
      };
      outputOf = name: {
        inherit name;
        value =
          whole
          // {
            inherit (drv.${name}) type outputName;
            outputSpecified = true;
          }
          // checked drv.${name}
          // optionalAttrs (passthru ? overrideAttrs) {
            overrideAttrs = change: (passthru.overrideAttrs change).${name};
          };
      };
      outputs = map outputOf (drv.outputs or [ "out" ]);
      whole =
        drv // listToAttrs outputs // { all = map (output: output.value) outputs; } // passthru // checked drv;
    in
    whole;

  missingArgument =
    available: required: name:
    let
      position = unsafeGetAttrPos name required;
      place =
        if position == null then "<unknown location>" else "${position.file}:${toString position.line}";
      near = map (found: "\"${found}\"") (
        lib.take 3 (
          lib.sortOn (lib.levenshtein name) (filter (lib.levenshteinAtMost 2 name) (attrNames available))
        )
      );
      hint =
        if near == [ ] then
          ""
        else if length near == 1 then
          ", did you mean ${head near}?"
        else
          ", did you mean ${lib.concatStringsSep ", " (lib.init near)} or ${lib.last near}?";
    in
    "lib.customisation.callPackageWith: Function called without required argument \"${name}\" at ${place}${hint}";

  callPackageWith =
    available: fn: args:
    let
      f = functionOf fn;
      formals = functionArgs f;
      passed = intersectAttrs formals available // args;
      open = removeAttrs formals (attrNames passed);
    in
    if all (hasDefault: hasDefault) (attrValues open) then
      makeOverridable f passed
    else
      abort (
        missingArgument (available // args) formals (head (filter (name: !open.${name}) (attrNames open)))
      );

  callPackagesWith =
    available: fn: args:
    let
      f = functionOf fn;
      passed = intersectAttrs (functionArgs f) available // args;
      packages = f passed;
    in
    if isDerivation packages then
      throw "function `callPackages` was called on a *single* derivation \"${
        packages.name or "<unknown-name>"
      }\"; did you mean to use `callPackage` instead?"
    else
      mapAttrs (
        name: _: makeOverridable (mirrorFunctionArgs f (new: (f new).${name})) passed
      ) packages;

  makeScope =
    newScope: f:
    let
      scope = {
        callPackage = scope.newScope { };
      }
      // f scope
      // {
        newScope = more: newScope (scope // more);
        overrideScope = overlay: makeScope newScope (extends overlay f);
        packages = f;
      };
    in
    scope;

  makeScopeWithSplicing' =
    how@{ splicePackages, newScope }:
    what@{
      otherSplices,
      keep ? _: { },
      extra ? _: { },
      f,
    }:
    let
      others = splicePackages {
        pkgsBuildBuild = otherSplices.selfBuildBuild;
        pkgsBuildHost = otherSplices.selfBuildHost;
        pkgsBuildTarget = otherSplices.selfBuildTarget;
        pkgsHostHost = otherSplices.selfHostHost;
        pkgsHostTarget = scope;
        pkgsTargetTarget = otherSplices.selfTargetTarget;
      };
      spliced = extra others // others // keep scope;
      scope = f scope // {
        newScope = more: newScope (spliced // more);
        callPackage = newScope spliced;
        overrideScope =
          overlay: makeScopeWithSplicing' how (what // { f = extends overlay f; });
        packages = f;
      };
    in
    scope;

  # What a build service needs of a derivation.
  hydraJob =
    drv:
    let
      outputs = drv.outputs or [ "out" ];
      common = {
        inherit (drv) name system meta;
        inherit outputs;
      }
      // optionalAttrs (drv._hydraAggregate or false) {
        _hydraAggregate = true;
        constituents = map hydraJob (lib.flatten drv.constituents);
      }
      // made;
      made = genAttrs outputs (
        outputName:
        common
        // {
          inherit (drv.${outputName}) drvPath outPath;
          type = "derivation";
          inherit outputName;
        }
      );
      first = made.${head outputs};
    in
    if drv == null then null else deepSeq first first;

  extendMkDerivation =
    {
      constructDrv,
      excludeDrvArgNames ? [ ],
      excludeFunctionArgNames ? [ ],
      extendDrvArgs,
      inheritFunctionArgs ? true,
      transformDrv ? lib.id,
    }:
    {
      inherit
        constructDrv
        excludeDrvArgNames
        extendDrvArgs
        transformDrv
        ;
      __functor =
        _: given:
        transformDrv (
          constructDrv (
            final:
            let
              args = if isFunction given then given final else given;
            in
            removeAttrs args excludeDrvArgNames // extendDrvArgs final args
          )
        );
      __functionArgs = removeAttrs (
        optionalAttrs inheritFunctionArgs (removeAttrs (functionArgs constructDrv) excludeDrvArgNames)
        // functionArgs (extendDrvArgs { })
      ) excludeFunctionArgNames;
    };

  # Names of the pairs of platforms that packages are for: between the machine that builds and those that run them.
  crossings = [
    "BuildBuild"
    "BuildHost"
    "BuildTarget"
    "HostHost"
    "HostTarget"
    "TargetTarget"
  ];
  lower = name: "${lib.toLower (lib.substring 0 1 name)}${lib.substring 1 (-1) name}";

  placeOf =
    name: set:
    let
      position = unsafeGetAttrPos name set;
    in
    if position == null then
      ""
    else
      ",\n    at ${position.file}:${toString position.line}:${toString position.column}";
  placeOfPackage =
    pkg:
    if isString (pkg.meta.position or null) then ",\n    defined at ${pkg.meta.position}" else "";
in
{
  customisation = {
    inherit
      callPackageWith
      callPackagesWith
      extendDerivation
      extendMkDerivation
      hydraJob
      makeOverridable
      makeScope
      makeScopeWithSplicing'
      overrideDerivation
      ;
    makeScopeWithSplicing =
      splicePackages: newScope: otherSplices: keep: extra: f:
      makeScopeWithSplicing' { inherit splicePackages newScope; } {
        inherit
          otherSplices
          keep
          extra
          f
          ;
      };
    renameCrossIndexFrom =
      prefix: set:
      listToAttrs (
        map (name: {
          name = lower name;
          value = set."${prefix}${name}";
        }) crossings
      );
    renameCrossIndexTo =
      prefix: set:
      listToAttrs (
        map (name: {
          name = "${prefix}${name}";
          value = set.${lower name};
        }) crossings
      );
    mapCrossIndex =
      f:
      {
        buildBuild,
        buildHost,
        buildTarget,
        hostHost,
        hostTarget,
        targetTarget,
      }@set:
      mapAttrs (_: f) set;
  };

  derivations = {
    inherit (builtins) addDrvOutputDependencies unsafeDiscardOutputDependency;

    # A derivation that is not evaluated to find out what it has.
    lazyDerivation =
      args@{
        derivation,
        meta ? null,
        passthru ? { },
        outputs ? [ "out" ],
      }:
      let
        pretty = lib.generators.toPretty { multiline = false; };
        checked =
          if derivation.type or null != "derivation" then
            throw "lazyDerivation: input must be a derivation."
          else if derivation.outputs != outputs then
            throw ''
              lib.lazyDerivation: The derivation ${derivation.name or "<unknown>"} has outputs that don't match the assumed outputs.

              Assumed outputs passed to lazyDerivation${placeOf "outputs" args}:
                  ${pretty outputs};

              Actual outputs of the derivation${placeOfPackage derivation}:
                  ${pretty derivation.outputs}

              Name the actual outputs, in their order, in the argument `outputs`. When they are not known without
              the derivation, use the derivation itself.
            ''
          else
            derivation;
      in
      {
        type = "derivation";
        inherit (checked)
          drvPath
          name
          outPath
          outputName
          system
          ;
        inherit outputs;
        meta = args.meta or checked.meta;
      }
      // genAttrs outputs (name: checked.${name})
      // passthru;

    optionalDrvAttr = condition: value: if condition then value else null;

    warnOnInstantiate =
      message: drv:
      drv
      // mapAttrs (_: lib.warn message) (
        removeAttrs drv [
          "meta"
          "name"
          "outputName"
          "type"
        ]
      )
      // optionalAttrs (isFunction (drv.overrideAttrs or null)) {
        overrideAttrs = change: lib.derivations.warnOnInstantiate message (drv.overrideAttrs change);
      };
  };
}
