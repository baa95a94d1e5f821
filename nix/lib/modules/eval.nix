# Evaluation: modules in, configuration out. What evaluations of the same modules share is prepared by
# prepare.nix; the options themselves are computed lazily.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    any
    attrNames
    catAttrs
    concatMap
    filter
    head
    isAttrs
    mapAttrs
    tail
    typeOf
    ;
  inherit (lib) reverseList types;
  inherit (lib.modules) load;
  inherit (lib.modules.properties) mkDefault pushDown;
  inherit (lib.modules.definitions) evalOption;
  inherit (import ./prepare.nix { inherit lib; })
    extendTree
    fill
    innerModuleNode
    internalFile
    prepare
    rootModuleNode
    shareOf
    topTree
    ;
  unmatchedError = import ./unmatched.nix { inherit lib; };

  # Options of `tree` mounted at `prefix`, with the definitions `defs` (`{ file, config }`, pushed down).
  evalTree =
    prefix: tree: defs:
    let
      # Per module, `{ file, value }` by option name.
      located = map (
        { file, config }:
        if isAttrs config then mapAttrs (_: value: { inherit file value; }) config else throwNotASet prefix defs
      ) defs;
      results = mapAttrs (
        name: node: evalNode (prefix ++ [ name ]) node (catAttrs name located)
      ) tree.nodes;
    in
    {
      inherit located;
      values = mapAttrs (_: result: result.value) results;
      options = mapAttrs (_: result: result.option) results;
      matched =
        all (set: attrNames (removeAttrs set tree.names) == [ ]) located
        && all (name: results.${name}.matched) tree.groups;
      unmatched = concatMap (
        name:
        if !(tree.nodes ? ${name}) then
          map (def: def // { prefix = [ name ]; }) (catAttrs name located)
        else if results.${name}.matched or true then
          [ ]
        else
          map (def: def // { prefix = [ name ] ++ def.prefix; }) results.${name}.unmatched
      ) (attrNames (lib.mergeAttrsList located));
    };

  evalNode =
    loc: node: defs:
    if node ? option then
      evalOption loc node.option defs
    else if node ? tree then
      let
        group = evalTree loc node.tree (concatMap (def: pushDown def.file def.value) defs);
      in
      {
        inherit (group) matched unmatched;
        value = group.values;
        option = group.options;
      }
    else
      evalNode loc (node.make loc) defs;

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

  # The definitions (or declarations) of prepared slots and of the modules that came on top of them, in
  # the order in which they merge: deepest imports first, at each depth the last module first.
  inOrder =
    select: slots: levels:
    if levels == [ ] then
      if slots == [ ] then [ ] else inOrder select (tail slots) [ ] ++ concatMap select (head slots)
    else
      inOrder select (if slots == [ ] then [ ] else tail slots) (tail levels)
      ++ concatMap select (reverseList (head levels))
      ++ (if slots == [ ] then [ ] else concatMap select (head slots));

  # Evaluates `prepared` together with `extra env`, a list of loaded modules that come last at the top.
  # `argDefs` are definitions of `_module` by the caller.
  evaluate =
    {
      prepared,
      specialArgs,
      prefix,
      extra,
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
        inherit
          args
          class
          prefix
          ;
        inherit (prepared) argNames;
      };

      # The fast way keeps what is prepared, the other looks at all modules together.
      roots = load.loadAll env lib.unknownModule "" prepared.modules ++ extra env;
      slots = fill env prepared;
      levels = load.levels (extra env);
      fast = prepared.complete && levels != null && slots != null;
      together = map shareOf (reverseList (load.closure (specialArgs.modulesPath or "") roots));
      shares = map (map shareOf) levels;

      defs =
        if fast then inOrder (share: share.defs) slots shares else concatMap (share: share.defs) together;
      tree =
        if !fast then
          topTree (concatMap (share: share.decls) together)
        else
          let
            added =
              if prepared.hasFunctions then
                inOrder (share: if share ? isSpecial then share.decls else [ ]) slots [ ]
              else
                [ ];
            both = extendTree prepared.tree (
              added ++ concatMap (concatMap (share: share.decls)) shares
            );
          in
          if both == null then topTree (inOrder (share: share.decls) slots shares) else both;

      # Options
      top = evalTree prefix tree defs;
      moduleNode =
        if tree.moduleNode != null then
          tree.moduleNode
        else if prefix == [ ] then
          rootModuleNode
        else
          innerModuleNode;
      internalDef = {
        file = internalFile;
        value = {
          args = { inherit extendModules moduleType; };
          inherit specialArgs;
        };
      };
      moduleDefs = catAttrs "_module" top.located;
      module = evalNode (prefix ++ [ "_module" ]) moduleNode (moduleDefs ++ argDefs ++ [ internalDef ]);

      # The two options that change how the rest is read; most evaluations set neither.
      plain = !(any setsModuleOptions moduleDefs);
      freeformType = if plain then null else module.value.freeformType;

      allMatched = top.matched && (moduleDefs == [ ] || module.matched);
      unmatched =
        if allMatched then
          [ ]
        else
          filter (def: head def.prefix != "_module") top.unmatched
          ++ map (def: def // { prefix = [ "_module" ] ++ def.prefix; }) module.unmatched;

      freeform =
        if unmatched == [ ] then
          { }
        else
          freeformType.merge prefix (
            map (def: {
              inherit (def) file;
              value = lib.setAttrByPath def.prefix def.value;
            }) unmatched
          );
      values = if freeformType == null then top.values else lib.recursiveUpdate freeform top.values;
      config = values // {
        _module = module.value;
      };
      options = top.options // {
        _module = module.option;
      };
      check =
        if plain then
          allMatched || unmatchedError prefix options unmatched
        else
          !module.value.check
          || freeformType != null
          || allMatched
          || unmatchedError prefix options unmatched;
      checked = builtins.seq check;
    in
    {
      _type = "configuration";
      options = checked options;
      config = checked values;
      _module = checked module.value;
      graph = load.graph (specialArgs.modulesPath or "") roots;
      inherit class extendModules;
      type = moduleType;
    };

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
        extra = _: [ ];
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
