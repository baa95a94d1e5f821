# Preparation: what the evaluations of one list of modules have in common.
#
# Modules that are sets are loaded, their option declarations merged into a tree and their definitions
# sorted. Modules that are functions keep a place among them. A thousand submodules of one type share
# all of this.
{ lib }:
let
  inherit (builtins)
    all
    any
    attrNames
    concatMap
    filter
    foldl'
    genList
    isAttrs
    length
    ;
  inherit (lib) functionArgs reverseList;
  inherit (lib.modules) load;
  inherit (lib.modules.declarations) treeFrom treeOf union;
  inherit (lib.modules.properties) pushDown;

  internalFile = "lib/modules.nix";
  internalOptions = import ./internal-options.nix { inherit lib; };
  moduleTree =
    visible:
    (treeOf [
      {
        file = internalFile;
        options._module = internalOptions visible;
      }
    ]).nodes._module;
  # The `_module` options when no module adds to them: visible at the root, internal below it.
  rootModuleNode = moduleTree true;
  innerModuleNode = moduleTree false;

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
  declsOf = m: if isEmpty m.options then [ ] else [ { inherit (m) file options; } ];
  defsOf = m: if isEmpty m.config then [ ] else pushDown m.file m.config;
  shareOf = m: {
    decls = declsOf m;
    defs = defsOf m;
  };

  # The tree at the top has the `_module` node apart, since most evaluations never look at it.
  topTree =
    decls:
    if any (decl: decl.options ? _module) decls then
      let
        tree = treeOf (
          decls
          ++ [
            {
              file = internalFile;
              options._module = internalOptions false;
            }
          ]
        );
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
      atTop both known.moduleNode;

  # One place in the order of modules: `{ decls; defs; }`, or `{ function; direct; … }` to be filled.
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

  # `slots` are lists per depth of imports, each with the last module first, since that is the order
  # in which definitions merge. `complete` is false when the modules must be looked at together with
  # those of the evaluation, because one of them disables others.
  prepare =
    {
      class,
      specialArgs,
      modules,
    }:
    let
      outlines = load.outlineAll class modules;
      argNames = attrNames (fixedArgs // specialArgs);
      depths = 1 + foldl' (deepest: m: lib.max deepest m.depth) (-1) outlines;
      at = depth: reverseList (filter (m: m.depth == depth) outlines);
      slots = genList (depth: map (slotOf argNames) (at depth)) depths;
    in
    {
      inherit argNames class modules;
      complete = all (m: m ? function || m.module.disabled == [ ]) outlines;
      slots = map joinSlots slots;
      hasFunctions = any (m: m ? function) outlines;
      tree = topTree (concatMap (slot: slot.decls or [ ]) (lib.flatten (reverseList slots)));
    };

  # Neighbours that are known already become one, and nothing is left of those that say nothing.
  joinSlots =
    slots:
    let
      isKnown = slot: slot ? defs;
      join =
        done: slot:
        if done != [ ] && isKnown slot && isKnown (lib.last done) then
          lib.init done
          ++ [
            {
              decls = (lib.last done).decls ++ slot.decls;
              defs = (lib.last done).defs ++ slot.defs;
            }
          ]
        else
          done ++ [ slot ];
    in
    filter (slot: !(isKnown slot) || slot.decls != [ ] || slot.defs != [ ]) (foldl' join [ ] slots);

  # The slots with every function called, or null when one of them brings modules of its own.
  fill =
    env: prepared:
    let
      filled = map (map (fillSlot env)) prepared.slots;
    in
    if !prepared.hasFunctions then
      prepared.slots
    else if any (any (slot: slot.isSpecial or false)) filled then
      null
    else
      filled;
  fillSlot =
    env: slot:
    if slot ? defs then
      slot
    else
      let
        m = load.loadFunction env slot;
      in
      shareOf m // { isSpecial = m.named || m.disabled != [ ] || m.children != [ ]; };
in
{
  inherit
    extendTree
    fill
    innerModuleNode
    internalFile
    prepare
    rootModuleNode
    shareOf
    topTree
    ;
}
