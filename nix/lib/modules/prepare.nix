# Preparation: what the evaluations of one list of modules have in common, and how the modules of one
# evaluation are added to that.
#
# Modules that are sets are loaded, their option declarations merged into a tree and their definitions
# sorted. Modules that are functions keep a place among them. A thousand submodules of one type share
# all of this.
#
# What a module contributes is its share, `{ decls; defs; }`. The share of a module that belongs to one
# evaluation also has `module`, the loaded module, and `special`: whether it imports or disables others or
# may occur twice, so that all modules must be looked at together.
{ lib }:
let
  inherit (builtins)
    all
    any
    attrNames
    concatMap
    filter
    intersectAttrs
    isAttrs
    listToAttrs
    unsafeDiscardStringContext
    ;
  inherit (lib) functionArgs reverseList;
  inherit (lib.modules) load;
  inherit (lib.modules.declarations) treeFrom treeOf union;
  inherit (lib.modules.properties) pushDown;

  internalFile = "lib/modules.nix";
  internalDecl = visible: {
    file = internalFile;
    options._module = import ./internal-options.nix { inherit lib; } visible;
  };
  # The `_module` options when no module adds to them: visible at the root, internal below it.
  rootModuleTree = (treeOf [ (internalDecl true) ]).nodes._module.tree;
  innerModuleTree = (treeOf [ (internalDecl false) ]).nodes._module.tree;

  # The arguments that module functions get beside `specialArgs`.
  fixedArgs = {
    lib = null;
    options = null;
    config = null;
    specialArgs = null;
    _class = null;
    _prefix = null;
  };

  # Not `== { }`, which looks at the values of sets that have a `type`.
  isEmpty = set: isAttrs set && attrNames set == [ ];
  shareOf = m: {
    decls = if isEmpty m.options then [ ] else [ { inherit (m) file options; } ];
    defs = if isEmpty m.config then [ ] else pushDown m.file m.config;
  };
  shareOfModule = m: {
    inherit (shareOf m) decls defs;
    module = m;
    special = m.named || m.disabled != [ ] || m.children != [ ];
  };
  # The share of what a module function gave. Most say nothing but definitions.
  shareOfContent =
    env: file: key: content:
    let
      special = attrNames (intersectAttrs load.structural content);
    in
    if !isAttrs content || special != [ ] && special != [ "_file" ] then
      shareOfModule (load.normalise env file key false content)
    else
      {
        special = false;
        module = load.normalise env file key false content;
        decls = [ ];
        defs =
          if special == [ ] then
            pushDown (load.fileOf file content) content
          else
            pushDown (toString content._file) (removeAttrs content special);
      };
  # The share of a module given as `{ file; key; value; }`.
  shareOfValue =
    env:
    {
      file,
      key,
      value,
    }:
    if isAttrs value && !(value ? _type || value ? __functor) then
      shareOfContent env file key value
    else if lib.isFunction value then
      shareOfContent env file key (load.apply env key value)
    else
      shareOfModule (load.load env file key value);

  ## Trees with the `_module` options apart, since most evaluations never look at those

  topTree =
    decls:
    if any (decl: decl.options ? _module) decls then
      let
        inherit (treeOf (decls ++ [ (internalDecl false) ])) nodes;
      in
      atTop (treeFrom (removeAttrs nodes [ "_module" ])) nodes._module.tree
    else
      atTop (treeOf decls) null;
  atTop =
    tree: moduleTree:
    tree
    // {
      inherit moduleTree;
      names = tree.names ++ [ "_module" ];
    };
  # A top tree with further declarations, null when they touch what is there already.
  extendTree =
    known: decls:
    let
      both = union known (treeOf decls);
    in
    if decls == [ ] then
      known
    else if both == null || any (decl: decl.options ? _module) decls then
      null
    else
      atTop both known.moduleTree;

  ## Preparation

  # One place in the order of modules: a share, or `{ function; direct; … }` to be filled.
  slotOf =
    argNames: outline:
    if outline ? function then
      outline
      // {
        # Whether it can be called with the fixed arguments alone.
        direct =
          lib.isFunction outline.function
          && attrNames (removeAttrs (functionArgs outline.function) argNames) == [ ];
      }
    else
      shareOf outline.module;

  # `places` are the slots that can hold definitions, by depth of imports: 0, 1, and all below in one.
  # Each list has the last module first, since that is the order in which definitions merge.
  # `complete` is false when the modules must be looked at together with those of the evaluation, because
  # one of them disables others.
  prepare =
    {
      class,
      specialArgs,
      modules,
    }:
    let
      roots = load.outline class modules;
      outlines = load.closureOf (m: m.below) roots;
      reversed = reverseList outlines;
      argNames = attrNames (fixedArgs // specialArgs);
      slots = isThere: concatMap (m: if isThere m.depth then placeOf (slotOf argNames m) else [ ]) reversed;
    in
    {
      inherit argNames class roots;
      places = {
        first = slots (depth: depth == 0);
        second = slots (depth: depth == 1);
        below = slots (depth: depth > 1);
      };
      # A class that two declarations do not agree on is an error, even where no module looks at it.
      complete = builtins.seq class (all (m: m ? function || m.module.disabled == [ ]) outlines);
      hasFunctions = any (m: m ? function) outlines;
      # The declarations of modules that are known are in the tree.
      tree = topTree (concatMap (m: if m ? module then (shareOf m.module).decls else [ ]) reversed);
    };

  placeOf =
    slot:
    if slot ? function then
      [ slot ]
    else if slot.defs == [ ] then
      [ ]
    else
      [
        {
          inherit (slot) defs;
          decls = [ ];
          special = false;
        }
      ];

  ## One evaluation

  defsOf = share: share.defs;
  declsOf = share: share.decls;

  fill = env: map (slot: if slot ? function then fillSlot env slot else slot);
  fillSlot =
    env: slot:
    if slot.direct then
      shareOfContent env slot.file slot.key (slot.function env.args)
    else
      shareOfValue env {
        inherit (slot) file key;
        value = slot.function;
      };

  # The prepared modules together with those of one evaluation: `configs` are plain sets of definitions,
  # `{ file; value; }`, that stand at the top; `modules`, `{ file; key; value; }`, are imported there.
  # Gives `{ tree; defs; graph; }`.
  combine =
    env: prepared: configs: modules: modulesPath:
    let
      inherit (prepared) hasFunctions places;
      first = if hasFunctions then fill env places.first else places.first;
      second = if hasFunctions then fill env places.second else places.second;
      below = if hasFunctions then fill env places.below else places.below;
      imported = reverseList (map (shareOfValue env) modules);
      defs =
        concatMap defsOf below
        ++ concatMap defsOf imported
        ++ concatMap defsOf second
        ++ concatMap (def: pushDown def.file def.value) (reverseList configs)
        ++ concatMap defsOf first;

      isSpecial = share: share.special;
      isFast =
        prepared.complete
        && !(any isSpecial imported)
        && !(hasFunctions && (any isSpecial first || any isSpecial second || any isSpecial below));
      added =
        concatMap declsOf imported
        ++ (
          if hasFunctions then
            concatMap declsOf below ++ concatMap declsOf second ++ concatMap declsOf first
          else
            [ ]
        );
      tree = if added == [ ] then prepared.tree else extendTree prepared.tree added;

      # All modules as loaded ones, for the case that the fast way does not do. Functions are not called
      # again.
      called = listToAttrs (
        lib.zipListsWith (slot: share: {
          name = unsafeDiscardStringContext (slot.key or "");
          value = share.module;
        }) (places.first ++ places.second ++ places.below) (first ++ second ++ below)
      );
      loaded =
        outline:
        if outline ? function then
          called.${unsafeDiscardStringContext outline.key}
        else
          outline.module // { children = map loaded outline.below; };
      roots =
        map loaded prepared.roots
        ++ map load.configModule configs
        ++ lib.zipListsWith (m: share: load.importing m share.module) modules (reverseList imported);
      graph = load.graph modulesPath roots;
    in
    if isFast && tree != null then
      { inherit tree defs graph; }
    else
      combineAll (load.closure modulesPath roots) graph;

  combineAll =
    modules: graph:
    let
      shares = map shareOf (reverseList modules);
    in
    {
      inherit graph;
      tree = topTree (concatMap declsOf shares);
      defs = concatMap defsOf shares;
    };
in
{
  inherit
    combine
    innerModuleTree
    internalFile
    prepare
    rootModuleTree
    ;
}
