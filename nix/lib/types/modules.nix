# Types whose values are modules, options or types: submodule, deferredModule, optionType.
{ lib, core }:
let
  inherit (builtins)
    attrNames
    filter
    head
    isAttrs
    length
    ;
  inherit (core)
    checkWith
    defaultFunctor
    isType
    mergeWith
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (lib)
    imap1
    last
    mkOptionDefault
    showOption
    types
    ;
  inherit (lib.modules.definitions) checkDefs;

  isModuleLike = value: isAttrs value || lib.isFunction value || types.path.check value;

  withoutChecks = {
    _file = "<built-in module that disables checks for the purpose of documentation generation>";
    config._module.check = lib.mkForce false;
  };

  nameDefault = {
    _module.args.name = mkOptionDefault "‹name›";
  };
  nameDefaultDef = {
    file = lib.unknownModule;
    value.args = nameDefault._module.args;
  };
  nameDef = name: {
    file = lib.unknownModule;
    value.args = { inherit name; };
  };

  # Distinct keys, for the case that all modules must be looked at together.
  withKeys = imap1 (
    n: def: {
      inherit (def) file value;
      key = "${def.file}:value-${toString n}";
    }
  );
  isConfig = def: isAttrs def.value;
  asModule =
    shorthand: def:
    if shorthand && isConfig def then
      {
        _file = def.file;
        config = def.value;
      }
    else
      {
        _file = def.file;
        imports = [ def.value ];
      };

  submoduleWith =
    spec@{
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }:
    let
      prepared = lib.modules.eval.prepare { inherit class modules specialArgs; };
      shorthand = shorthandOnlyDefinesConfig == true;

      # The submodule at `prefix`; without definitions it is called ‹name›.
      instantiate =
        prefix: defs:
        let
          names = if defs == null then [ ] else [ { _module.args.name = last prefix; } ];
          values = if defs == null then [ ] else defs;
          keyed = withKeys values;
          allModules = [ nameDefault ] ++ modules ++ names ++ map (asModule shorthand) values;
        in
        lib.modules.eval.evaluate {
          inherit prepared specialArgs prefix;
          argDefs = (if defs == null then [ ] else [ (nameDef (last prefix)) ]) ++ [ nameDefaultDef ];
          configs = if shorthand then filter isConfig keyed else [ ];
          modules = if shorthand then filter (def: !isConfig def) keyed else keyed;
          moduleType = submoduleWith {
            inherit specialArgs class;
            modules = allModules;
          };
          extendModules =
            more@{
              modules ? [ ],
              specialArgs ? { },
              prefix ? [ ],
            }:
            lib.evalModules {
              inherit class;
              modules = allModules ++ modules;
              specialArgs = spec.specialArgs or { } // specialArgs;
              prefix = more.prefix or prefix;
            };
        };
      base = instantiate [ ] null;
      inherit (base._module) freeformType;

      forDocs =
        prefix:
        base.extendModules {
          inherit prefix;
          modules = [ withoutChecks ];
        };
    in
    mkOptionType {
      name = "submodule";
      description =
        let
          inherit ((forDocs [ ])._module) freeformType;
        in
        if description != null then
          description
        else if freeformType ? description then
          "open submodule of ${
            optionDescriptionPhrase (class: class == "noun" || class == "composite") freeformType
          }"
        else
          "submodule";
      check = checkWith isModuleLike;
      merge = mergeWith (
        { loc, defs }:
        let
          configuration = instantiate loc defs;
        in
        {
          headError = checkDefs isModuleLike defs;
          value = configuration.config;
          valueMeta = { inherit configuration; };
        }
      );
      emptyValue.value = base.config;
      getSubOptions =
        prefix:
        let
          evaluated = forDocs prefix;
          inherit (evaluated._module) freeformType;
        in
        evaluated.options
        // lib.optionalAttrs (freeformType != null) {
          _freeformOptions = freeformType.getSubOptions prefix;
        };
      getSubModules = modules;
      substSubModules = modules: submoduleWith (spec // { inherit modules; });
      nestedTypes = lib.optionalAttrs (freeformType != null) { inherit freeformType; };
      functor = defaultFunctor "submodule" // {
        type = submoduleWith;
        payload = {
          inherit
            class
            description
            modules
            shorthandOnlyDefinesConfig
            specialArgs
            ;
        };
        binOp = mergeSubmodules;
      };
    };

  # The value that both sides agree on, where null agrees with everything.
  agree =
    a: b: message:
    if a == null then
      b
    else if b == null || a == b then
      a
    else
      throw message;

  mergeSubmodules =
    a: b:
    let
      both = attrNames (builtins.intersectAttrs a.specialArgs b.specialArgs);
      twice = "A submoduleWith option is declared multiple times with";
    in
    {
      modules = a.modules ++ b.modules;
      class =
        agree (a.class or null) (b.class or null)
          "${twice} conflicting class values \"${toString a.class}\" and \"${toString b.class}\".";
      specialArgs =
        if both == [ ] then
          a.specialArgs // b.specialArgs
        else
          throw "${twice} the same specialArgs \"${toString both}\"";
      shorthandOnlyDefinesConfig =
        agree a.shorthandOnlyDefinesConfig b.shorthandOnlyDefinesConfig
          "${twice} conflicting shorthandOnlyDefinesConfig values";
      description = agree a.description b.description "${twice} conflicting descriptions";
    };

  deferredModuleWith =
    {
      staticModules ? [ ],
    }:
    let
      asSubmodule = submoduleWith { modules = staticModules; };
    in
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModuleLike;
      merge = loc: defs: {
        imports =
          staticModules
          ++ map (
            def: lib.setDefaultModuleLocation "${def.file}, via option ${showOption loc}" def.value
          ) defs;
      };
      inherit (asSubmodule) getSubOptions getSubModules;
      substSubModules = modules: deferredModuleWith { staticModules = modules; };
      functor = defaultFunctor "deferredModuleWith" // {
        type = deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = a: b: { staticModules = a.staticModules ++ b.staticModules; };
      };
    };

  optionType = mkOptionType {
    name = "optionType";
    description = "optionType";
    descriptionClass = "noun";
    check = isType "option-type";
    merge =
      loc: defs:
      if length defs == 1 then
        (head defs).value
      else
        (lib.modules.fixupOptionType loc (
          lib.modules.mergeOptionDecls loc (
            map (def: {
              _file = def.file;
              pos = null;
              options = lib.mkOption { type = def.value; };
            }) defs
          )
        )).type;
  };
in
{
  inherit deferredModuleWith optionType submoduleWith;
  deferredModule = deferredModuleWith { };
  submodule =
    modules:
    submoduleWith {
      shorthandOnlyDefinesConfig = true;
      modules = lib.toList modules;
    };
  optionDeclaration = mkOptionType {
    name = "optionDeclaration";
    description = "option declaration";
    descriptionClass = "noun";
    check = value: isType "option" value && !(value ? value);
  };
}
