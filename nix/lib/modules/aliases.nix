# Modules and functions for options that were renamed, removed or follow another option.
{ lib }:
let
  inherit (builtins)
    any
    filter
    foldl'
    ;
  inherit (lib)
    attrByPath
    getAttrFromPath
    mkOption
    setAttrByPath
    showFiles
    showOption
    types
    ;
  inherit (lib.modules.load) setDefaultModuleLocation;
  inherit (lib.modules.properties)
    defaultOverridePriority
    mkIf
    mkMerge
    mkOverride
    spread
    ;

  # Forwards the definitions of `option` as they are, or with its priority.
  mkAliasAndWrapDefinitions =
    wrap: option: mkIf option.isDefined (wrap (mkMerge option.definitions));
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    let
      prio = option.highestPrio or defaultOverridePriority;
    in
    mkIf option.isDefined (wrap (mkMerge (map (mkOverride prio) option.definitions)));

  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      fromOption = getAttrFromPath from options;
      toValue = attrByPath to (
        abort "Renaming error: option `${showOption to}' does not exist."
      ) config;
      toType = (attrByPath to { } options).type or (types.submodule { });
      forward = if withPriority then mkAliasAndWrapDefsWithPriority else mkAliasAndWrapDefinitions;
    in
    {
      options = setAttrByPath from (mkOption {
        inherit visible;
        type = toType;
        description = "Alias of {option}`${showOption to}`.";
        apply = _: use toValue;
      });
      config = mkIf condition (mkMerge [
        (lib.optionalAttrs (options ? warnings) {
          warnings = lib.optional (
            warn && fromOption.isDefined
          ) "The option `${showOption from}' defined in ${showFiles fromOption.files} has been renamed to `${showOption to}'.";
        })
        (forward (setAttrByPath to) fromOption)
      ]);
    };

  mkMergedOptionModule =
    froms: to: merge:
    { config, options, ... }:
    let
      unset = "_mkMergedOptionModule";
      isSet = from: getAttrFromPath from config != unset;
      warning =
        from:
        "The option `${showOption from}' defined in ${
          showFiles (getAttrFromPath from options).files
        } has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly.";
    in
    {
      options = foldl' lib.recursiveUpdate { } (
        map (
          from:
          setAttrByPath from (mkOption {
            visible = false;
            default = unset;
          })
        ) froms
      );
      config = {
        warnings = map warning (filter isSet froms);
      }
      // setAttrByPath to (mkMerge (lib.optional (any isSet froms) (merge config)));
    };

  # What each attribute of an `attrsOf` option becomes, with the priority it was given.
  mergeAttrDefinitionsWithPrio =
    option:
    assert option.type.name == "attrsOf" || option.type.name == "lazyAttrsOf";
    let
      defs = lib.concatMap (
        def:
        map (
          set:
          lib.mapAttrs (_: value: {
            inherit (def) file;
            inherit value;
          }) set
        ) (spread def.value)
      ) option.definitionsWithLocations;
      merge =
        name: here:
        let
          merged =
            lib.modules.mergeDefinitions (option.loc ++ [ name ]) option.type.nestedTypes.elemType
              here;
        in
        {
          value = merged.mergedValue;
          inherit (merged.defsFinal') highestPrio;
        };
    in
    lib.zipAttrsWith merge defs;

  importAs = read: file: {
    _file = file;
    config = read file;
  };
in
{
  inherit
    doRename
    mergeAttrDefinitionsWithPrio
    mkAliasAndWrapDefinitions
    mkAliasAndWrapDefsWithPriority
    mkMergedOptionModule
    ;
  mkAliasDefinitions = mkAliasAndWrapDefinitions (value: value);
  mkAliasIfDef =
    lib.warn "Usage of 'mkAliasIfDef' has been deprecated. Use 'mkIf option.isDefined' instead."
      (option: mkIf option.isDefined);
  mkDerivedConfig =
    option: f: mkOverride (option.highestPrio or defaultOverridePriority) (f option.value);

  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = value: value;
    };
  mkAliasOptionModuleMD =
    lib.warn
      "mkAliasOptionModuleMD is deprecated and will be removed in 26.05; please use mkAliasOptionModule."
      (
        from: to:
        doRename {
          inherit from to;
          visible = true;
          warn = false;
          use = value: value;
        }
      );
  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = builtins.trace "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    let
      isOld = lib.oldestSupportedReleaseIsAtLeast sinceRelease;
    in
    doRename {
      inherit from to;
      visible = false;
      warn = isOld;
      use = lib.warnIf isOld "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  mkChangedOptionModule = from: mkMergedOptionModule [ from ];
  mkRemovedOptionModule =
    path: instructions:
    { options, ... }:
    let
      option = getAttrFromPath path options;
    in
    {
      options = setAttrByPath path (mkOption {
        visible = false;
        apply =
          _:
          throw "The option `${showOption path}' can no longer be used since it's been removed. ${instructions}";
      });
      config.assertions = [
        {
          assertion = !option.isDefined;
          message = ''
            The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.
            ${instructions}
          '';
        }
      ];
    };

  fixMergeModules =
    modules: args:
    lib.evalModules {
      inherit modules args;
      check = false;
    };

  # Imports a file that holds a function to a module, and keeps the file's name for messages.
  importApply = file: arg: setDefaultModuleLocation file (import file arg);
  importJSON = importAs lib.importJSON;
  importTOML = importAs lib.importTOML;
}
