# Evaluation: modules in, configuration out. What evaluations of the same modules share is prepared by
# prepare.nix; the options themselves are computed lazily.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    any
    attrNames
    attrValues
    catAttrs
    concatMap
    filter
    head
    isAttrs
    mapAttrs
    typeOf
    ;
  inherit (lib) types;
  inherit (lib.modules.properties) mkDefault pushDown;
  inherit (lib.modules.definitions) describeOption evalOption;
  inherit (import ./prepare.nix { inherit lib; })
    combine
    innerModuleTree
    internalFile
    prepare
    rootModuleTree
    ;
  unmatchedError = import ./unmatched.nix { inherit lib; };

  # Options of `tree` mounted at `prefix`, with the definitions `defs` (`{ file, config }`, pushed down).
  #
  # Values and option records are two maps over the tree rather than one over a common result, because
  # most options are never asked for their record.
  evalTree =
    prefix: tree: defs:
    let
      # Per module, `{ file, value }` by option name.
      located = map (
        { file, config }:
        if isAttrs config then mapAttrs (_: value: { inherit file value; }) config else throwNotASet prefix defs
      ) defs;
      groups = mapAttrs (
        name: group:
        evalTree (prefix ++ [ name ]) group.tree (
          concatMap (def: pushDown def.file def.value) (catAttrs name located)
        )
      ) tree.groups;
      made = mapAttrs (name: node: node.make (prefix ++ [ name ])) tree.pending;
      values = mapAttrs (
        name: node:
        if node ? tree then
          groups.${name}.values
        else
          evalOption (prefix ++ [ name ]) (node.option or made.${name}.option) (catAttrs name located)
      ) tree.nodes;
    in
    {
      inherit located values;
      options = mapAttrs (
        name: node:
        if node ? tree then
          groups.${name}.options
        else
          describeOption (prefix ++ [ name ]) (node.option or made.${name}.option) (catAttrs name located)
            values.${name}
      ) tree.nodes;
      # Declarations that contradict each other are an error even if nobody asks for that option.
      matched =
        all (node: node ? option) (attrValues made)
        && all (set: attrNames (removeAttrs set tree.names) == [ ]) located
        && (tree.groups == { } || all (group: group.matched) (attrValues groups));
      unmatched = concatMap (
        name:
        if groups ? ${name} then
          map (def: def // { prefix = [ name ] ++ def.prefix; }) groups.${name}.unmatched
        else if tree.nodes ? ${name} then
          [ ]
        else
          map (def: def // { prefix = [ name ]; }) (catAttrs name located)
      ) (attrNames (lib.mergeAttrsList located));
    };

  throwNotASet =
    prefix: defs:
    let
      def = head (filter (def: !isAttrs def.config) defs);
      path = builtins.concatStringsSep "." prefix;
    in
    throw ''
      In module `${def.file}', you're trying to define a value of type `${typeOf def.config}'
      rather than an attribute set for the option
      `${path}'!

      This usually happens if `${path}' has option
      definitions inside that are not matched. Please check how to properly define
      this option by e.g. referring to `man 5 configuration.nix'!
    '';

  # Whether a module's definitions say anything about how the evaluation itself goes.
  setsModuleOptions =
    { value, ... }: value ? _type || value ? check || value ? freeformType;

  # Evaluates `prepared` together with `configs` and `modules`, see `combine`. `argDefs` are definitions
  # of `_module` by the caller.
  evaluate =
    {
      prepared,
      specialArgs,
      prefix,
      configs,
      modules,
      argDefs,
      moduleType,
      extendModules,
    }:
    let
      inherit (prepared) class;
      args = {
        inherit lib options specialArgs;
        _class = class;
        _prefix = prefix;
        config =
          addErrorContext
            "if you get an infinite recursion here, you probably reference `config` in `imports`. If you are trying to achieve a conditional import behavior dependent on `config`, consider importing unconditionally, and using `mkEnableOption` and `mkIf` to control its effect."
            config;
      }
      // specialArgs;
      env = {
        inherit args class prefix;
        inherit (prepared) argNames;
      };
      combined = combine env prepared configs modules (specialArgs.modulesPath or "");
      inherit (combined) tree;
      top = evalTree prefix tree combined.defs;
      moduleDefs = catAttrs "_module" top.located;
      module = evalTree (prefix ++ [ "_module" ]) (moduleTreeOf tree prefix) (
        concatMap (def: pushDown def.file def.value) (
          moduleDefs
          ++ argDefs
          ++ [
            {
              file = internalFile;
              value = {
                args = { inherit extendModules moduleType; };
                inherit specialArgs;
              };
            }
          ]
        )
      );

      # The two options that change how the rest is read; most evaluations set neither.
      plain = !(any setsModuleOptions moduleDefs);
      freeformType = if plain then null else module.values.freeformType;

      allMatched = top.matched && (moduleDefs == [ ] || module.matched);
      unmatched =
        if allMatched then
          [ ]
        else
          filter (def: head def.prefix != "_module") top.unmatched
          ++ map (def: def // { prefix = [ "_module" ] ++ def.prefix; }) module.unmatched;
      values' =
        if freeformType == null || allMatched then
          top.values
        else
          lib.recursiveUpdate (mergeFreeform prefix freeformType unmatched) top.values;

      config = values' // {
        _module = module.values;
      };
      options = top.options // {
        _module = module.options;
      };
      checked = builtins.seq (
        allMatched
        || !plain && (freeformType != null || !module.values.check)
        || unmatchedError prefix options unmatched
      );
    in
    {
      _type = "configuration";
      options = checked options;
      config = checked values';
      _module = checked module.values;
      inherit (combined) graph;
      inherit class extendModules;
      type = moduleType;
    };

  moduleTreeOf =
    tree: prefix:
    if tree.moduleTree != null then
      tree.moduleTree
    else if prefix == [ ] then
      rootModuleTree
    else
      innerModuleTree;

  mergeFreeform =
    prefix: type: unmatched:
    type.merge prefix (
      map (def: {
        inherit (def) file;
        value = lib.setAttrByPath def.prefix def.value;
      }) unmatched
    );

  evalModules =
    spec@{
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
      args ? { },
      check ? true,
    }:
    let
      allModules =
        modules
        ++ lib.optional (spec ? args) { config._module.args = args; }
        ++ lib.optional (spec ? check) { config._module.check = mkDefault check; };
      moduleType = types.submoduleWith { inherit modules specialArgs class; };
      result = evaluate {
        prepared = prepare {
          inherit class specialArgs;
          modules = allModules;
        };
        inherit specialArgs prefix moduleType;
        configs = [ ];
        modules = [ ];
        argDefs = [ ];
        extendModules =
          more@{
            modules ? [ ],
            specialArgs ? { },
            prefix ? [ ],
          }:
          evalModules (
            spec
            // {
              modules = allModules ++ modules;
              specialArgs = spec.specialArgs or { } // specialArgs;
              prefix = more.prefix or spec.prefix or [ ];
            }
          );
      };
    in
    lib.warnIf (spec ? args)
      "The args argument to evalModules is deprecated. Please set config._module.args instead."
      lib.warnIf
      (spec ? check)
      "The check argument to evalModules is deprecated. Please set config._module.check instead."
      result;
in
{
  inherit evalModules evaluate prepare;
}
