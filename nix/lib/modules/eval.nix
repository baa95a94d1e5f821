# Evaluation: modules in, configuration out.
#
# The work is cut in two. `prepare` loads what does not depend on one evaluation (modules without
# functions), merges their option declarations and sorts their definitions; it is done once per type.
# `evaluate` adds the modules that are functions or values and computes options lazily. A thousand
# submodules of one type thus share one declaration tree.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    any
    attrNames
    concatLists
    concatMap
    elemAt
    filter
    genList
    head
    isAttrs
    length
    mapAttrs
    tail
    typeOf
    ;
  inherit (lib) reverseList showOption types;
  inherit (lib.modules.properties) mkDefault pushDown spread;
  load = lib.modules.load;
  inherit (lib.modules.declarations)
    treeFrom
    treeOf
    union
    ;
  inherit (lib.modules.definitions) evalOption;
  unmatchedError = import ./unmatched.nix { inherit lib; };

  internalFile = "lib/modules.nix";
  internalOptions = import ./internal-options.nix { inherit lib; };
  internalDecl = visible: {
    file = internalFile;
    options._module = internalOptions visible;
  };
  # The `_module` options when nobody adds to them: visible at the root, internal below it.
  rootModuleNode = (treeOf [ (internalDecl true) ]).nodes._module;
  innerModuleNode = (treeOf [ (internalDecl false) ]).nodes._module;

  ## Prepared modules

  # `modules` as parts in their order: `{ static = true; levels; … }` or `{ static = false; first; modules; }`,
  # or null when a module may repeat or disable another, so that all must be looked at together.
  prepare =
    class: modules:
    let
      env = {
        inherit class;
        argNames = [ ];
        prefix = [ ];
      };
      flags = map load.isStatic modules;
      parts = partition modules flags 0;
      prepared = map (
        part:
        if part.static then
          let
            roots = load.loadFrom env lib.unknownModule "" (part.first + 1) part.modules;
            levels = load.levels roots;
          in
          if levels == null then null else part // shareOf levels
        else
          part
      ) parts;
      complete = !(any (part: part == null) prepared);
      staticParts = filter (part: part.static) prepared;
      decls = concatMap (part: orderedDecls [ part ]) staticParts;
    in
    {
      inherit class modules;
      parts = if complete then prepared else null;
      tree = topTree decls;
    };

  # Runs of neighbours that are alike.
  partition =
    modules: flags: first:
    let
      count = length modules;
      static = elemAt flags first;
      end = runEnd (first + 1);
      runEnd = i: if i < count && elemAt flags i == static then runEnd (i + 1) else i;
    in
    if first == count then
      [ ]
    else
      [
        {
          inherit first static;
          modules = genList (i: elemAt modules (first + i)) (end - first);
        }
      ]
      ++ partition modules flags end;

  # What evaluations take over from loaded modules: per depth, last module first.
  shareOf = levels: {
    decls = map (level: concatMap declsOf (reverseList level)) levels;
    defs = map (level: concatMap defsOf (reverseList level)) levels;
  };
  declsOf = m: if isEmpty m.options then [ ] else [ { inherit (m) file options; } ];
  defsOf = m: if isEmpty m.config then [ ] else pushDown m.file m.config;
  # Not `== { }`, which looks at the values of sets that have a `type`.
  isEmpty = set: isAttrs set && attrNames set == [ ];

  # Deepest modules first, at each depth the last part first.
  inOrder =
    select: parts:
    let
      go =
        lists:
        if lists == [ ] then
          [ ]
        else if tail lists == [ ] then
          concatLists (reverseList (head lists))
        else
          go (filter (list: list != [ ]) (map tail lists)) ++ concatLists (reverseList (map head lists));
    in
    go (filter (list: list != [ ]) (map select parts));
  orderedDecls = inOrder (part: part.decls);
  orderedDefs = inOrder (part: part.defs);

  # The tree at the top has the `_module` node apart, since most evaluations never look at it.
  topTree =
    decls:
    if any (decl: decl.options ? _module) decls then
      let
        tree = treeOf (decls ++ [ (internalDecl false) ]);
      in
      atTop (treeFrom (removeAttrs tree.nodes [ "_module" ])) tree.nodes._module
    else
      atTop (treeOf decls) null;
  atTop =
    tree: moduleNode:
    tree
    // {
      inherit moduleNode;
      names = tree.names ++ [ "_module" ];
    };

  unionAtTop =
    known: added:
    let
      both = union known (treeOf added);
    in
    if both == null then null else atTop both known.moduleNode;

  ## One evaluation

  # Options of `tree` mounted at `prefix`, with the definitions `defs` (`{ file, config }`, pushed down).
  evalTree =
    prefix: tree: defs:
    let
      checked = if all (def: isAttrs def.config) defs then defs else throwNotASet prefix defs;
      results = mapAttrs (
        name: node: evalNode (prefix ++ [ name ]) node (definitionsOf name checked)
      ) tree.nodes;
    in
    {
      values = mapAttrs (_: result: result.value) results;
      options = mapAttrs (_: result: result.option) results;
      matched =
        all (def: attrNames (removeAttrs def.config tree.names) == [ ]) checked
        && all (name: results.${name}.matched) tree.groups;
      unmatched = concatMap (
        name:
        if !(tree.nodes ? ${name}) then
          map (def: def // { prefix = [ name ]; }) (definitionsOf name checked)
        else if results.${name}.matched or true then
          [ ]
        else
          map (def: def // { prefix = [ name ] ++ def.prefix; }) results.${name}.unmatched
      ) (attrNames (lib.foldl' (names: def: names // def.config) { } checked));
    };

  evalNode =
    loc: node: defs:
    if node.kind == "option" then
      evalOption loc node.option defs
    else if node.kind == "group" then
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

  definitionsOf =
    name: defs:
    map (def: {
      inherit (def) file;
      value = def.config.${name};
    }) (filter (def: def.config ? ${name}) defs);

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
    { config, ... }:
    config ? _module
    && (config._module ? _type || config._module ? check || config._module ? freeformType);

  # Evaluates `prepared` together with `extra env`, a list of loaded modules that come last at the top.
  # `nameDefs` are definitions of `_module.args` by the caller.
  evaluate =
    {
      prepared,
      specialArgs,
      prefix,
      extra,
      nameDefs,
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
          config
          prefix
          ;
        argNames = attrNames args;
      };

      # Modules: the fast way keeps what is prepared, the other looks at all of them together.
      extraLevels = load.levels (extra env);
      parts =
        if prepared.parts == null || extraLevels == null then
          null
        else
          let
            loaded = map (part: if part.static then part else loadPart env part) prepared.parts;
          in
          if any (part: part == null) loaded then null else loaded ++ [ (shareOf extraLevels // { static = false; }) ];
      roots = load.loadAll env lib.unknownModule "" prepared.modules ++ extra env;
      all' = shareOf [ (load.closure (specialArgs.modulesPath or "") roots) ];

      defs = orderedDefs (if parts == null then [ all' ] else parts);
      tree =
        if parts == null then
          topTree (orderedDecls [ all' ])
        else
          let
            added = orderedDecls (filter (part: !part.static) parts);
            both =
              if added == [ ] then
                prepared.tree
              else if any (decl: decl.options ? _module) added then
                null
              else
                unionAtTop prepared.tree added;
          in
          if both == null then
            topTree (orderedDecls parts)
          else
            both;

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
      module = evalNode (prefix ++ [ "_module" ]) moduleNode (
        definitionsOf "_module" defs ++ nameDefs ++ [ internalDef ]
      );

      # The two options that change how the rest is read; most evaluations set neither.
      plain = !(any setsModuleOptions defs);
      freeformType = if plain then null else module.value.freeformType;

      allMatched = top.matched && (!(any (def: def.config ? _module) defs) || module.matched);
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

  loadPart =
    env: part:
    let
      levels = load.levels (load.loadFrom env lib.unknownModule "" (part.first + 1) part.modules);
    in
    if levels == null then null else part // shareOf levels;

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
        prepared = {
          inherit class;
          modules = allModules;
          parts = [
            {
              static = false;
              first = 0;
              modules = allModules;
            }
          ];
          tree = topTree [ ];
        };
        inherit specialArgs prefix moduleType;
        extra = _: [ ];
        nameDefs = [ ];
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
