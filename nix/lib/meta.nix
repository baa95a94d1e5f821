# lib.meta, lib.versions and lib.cli.
{ lib }:
let
  inherit (builtins)
    concatLists
    concatStringsSep
    elemAt
    isBool
    isList
    splitVersion
    stringLength
    ;
  inherit (lib)
    concatMap
    genList
    mapAttrsToList
    take
    ;
  inherit (lib.generators) mkValueStringDefault;
in
{
  meta = rec {
    getExe =
      pkg:
      getExe' pkg (
        pkg.meta.mainProgram
          or (lib.warn
            ''getExe: Package ${lib.escapeNixString pkg.meta.name or pkg.pname or pkg.name} does not have the meta.mainProgram attribute. We'll assume that the main program has the same name for now, but this behavior is deprecated, because it leads to surprising errors when the assumption does not hold. If the package has a main program, please set `meta.mainProgram` in its definition to make this warning go away. Otherwise, if the package does not have a main program, or if you don't control its definition, use getExe' to specify the name to the program, such as lib.getExe' foo "bar".''
            (lib.getName pkg)
          )
      );
    getExe' =
      pkg: program:
      assert lib.assertMsg (lib.isDerivation pkg)
        "lib.meta.getExe': The first argument is of type ${builtins.typeOf pkg}, but it should be a derivation instead.";
      assert lib.assertMsg (lib.isString program)
        "lib.meta.getExe': The second argument is of type ${builtins.typeOf program}, but it should be a string instead.";
      assert lib.assertMsg (builtins.length (lib.splitString "/" program) == 1)
        "lib.meta.getExe': The second argument \"${program}\" is a nested path with a \"/\" character, but it should just be the name of the executable instead.";
      "${lib.getBin pkg}/bin/${program}";
    addMetaAttrs =
      new: pkg:
      if pkg ? overrideAttrs then
        pkg.overrideAttrs (old: {
          meta = old.meta or { } // new;
        })
      else
        pkg // { meta = pkg.meta or { } // new; };
    defaultPriority = 5;
    setPrio = priority: addMetaAttrs { inherit priority; };
    lowPrio = setPrio 10;
    hiPrio = setPrio (-10);
    lowPrioSet = mapDerivationAttrset lowPrio;
    hiPrioSet = mapDerivationAttrset hiPrio;
    mapDerivationAttrset =
      f: lib.mapAttrs (_: value: if lib.isDerivation value then f value else value);
    dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };

    setName = name: pkg: pkg // { inherit name; };
    updateName = update: pkg: pkg // { name = update pkg.name; };
    appendToName =
      suffix:
      updateName (
        name:
        let
          parts = builtins.parseDrvName name;
        in
        "${parts.name}-${suffix}-${parts.version}"
      );

    # A platform is a system, or a pattern for what a system is parsed into.
    platformMatch =
      platform: pattern:
      if lib.isString pattern then
        pattern == platform.system or null
      else
        lib.matchAttrs (if pattern ? parsed then pattern else { parsed = pattern; }) platform;
    availableOn =
      platform: pkg:
      let
        isOneOf = lib.any (platformMatch platform);
      in
      (pkg ? meta.platforms -> isOneOf pkg.meta.platforms)
      && (pkg ? meta.badPlatforms -> !isOneOf pkg.meta.badPlatforms);
  };

  versions = rec {
    inherit (builtins) compareVersions splitVersion;
    major = version: elemAt (splitVersion version) 0;
    minor = version: elemAt (splitVersion version) 1;
    patch = version: elemAt (splitVersion version) 2;
    majorMinor = version: concatStringsSep "." (take 2 (splitVersion version));
    pad =
      count: version:
      let
        numbers = builtins.head (lib.splitString "-" version);
      in
      concatStringsSep "." (take count (splitVersion numbers ++ genList (_: "0") count))
      + lib.removePrefix numbers version;
  };

  cli = rec {
    # `format name` says how an option is written: `{ option; sep; explicitBool; formatArg; }`.
    toCommandLine =
      format: options:
      let
        one =
          name: value:
          let
            spec = {
              formatArg = mkValueStringDefault { };
            }
            // format name;
            arg = spec.formatArg value;
          in
          if value == null || !spec.explicitBool && value == false then
            [ ]
          else if !spec.explicitBool && value == true then
            [ spec.option ]
          else if spec.sep != null then
            [ "${spec.option}${spec.sep}${arg}" ]
          else
            [
              spec.option
              arg
            ];
      in
      concatLists (
        mapAttrsToList (
          name: value:
          if name == "" then
            throw "lib.cli.toCommandLine only accepts non-empty option names."
          else if isList value then
            concatMap (one name) value
          else
            one name value
        ) options
      );
    toCommandLineShell = format: options: lib.escapeShellArgs (toCommandLine format options);
    toCommandLineGNU =
      {
        isLong ? name: stringLength name > 1,
        explicitBool ? false,
        formatArg ? mkValueStringDefault { },
      }:
      toCommandLine (name: {
        option = if isLong name then "--${name}" else "-${name}";
        sep = if isLong name then "=" else "";
        inherit explicitBool formatArg;
      });
    toCommandLineShellGNU = spec: options: lib.escapeShellArgs (toCommandLineGNU spec options);

    toGNUCommandLineShell =
      lib.warn
        "lib.cli.toGNUCommandLineShell is deprecated, please use lib.cli.toCommandLineShell or lib.cli.toCommandLineShellGNU instead."
        (spec: options: lib.escapeShellArgs (gnuCommandLine spec options));
    toGNUCommandLine =
      lib.warn
        "lib.cli.toGNUCommandLine is deprecated, please use lib.cli.toCommandLine or lib.cli.toCommandLineShellGNU instead."
        gnuCommandLine;
    gnuCommandLine =
      {
        mkOptionName ? name: if stringLength name == 1 then "-${name}" else "--${name}",
        mkBool ? name: value: lib.optional value (mkOptionName name),
        mkList ? name: concatMap (mkOption name),
        mkOption ?
          name: value:
          if value == null then
            [ ]
          else if optionValueSeparator == null then
            [
              (mkOptionName name)
              (mkValueStringDefault { } value)
            ]
          else
            [ "${mkOptionName name}${optionValueSeparator}${mkValueStringDefault { } value}" ],
        optionValueSeparator ? null,
      }:
      options:
      concatLists (
        mapAttrsToList (
          name: value:
          if isBool value then
            mkBool name value
          else if isList value then
            mkList name value
          else
            mkOption name value
        ) options
      );
  };
}
