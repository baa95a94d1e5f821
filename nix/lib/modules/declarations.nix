# Declarations: the option sets of all modules merged into one tree that knows nothing of where it is
# mounted, so that it can be shared between all evaluations of the same modules.
#
# A tree is `{ nodes; names; groups; pending; }`, the last two being the nodes of that kind; a node is
# one of
#   { option = <declaration>; }   one declaration, ready to use
#   { tree = <tree>; }            options below this name
#   { make = loc: <node>; }       several declarations, or an error to raise at loc
# A declaration is what mkOption was given plus `declarations`, `declarationPositions` and `options`.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    concatMap
    filter
    foldl'
    head
    isAttrs
    length
    mapAttrs
    tail
    typeOf
    unsafeGetAttrPos
    zipAttrsWith
    ;
  inherit (lib)
    escapeNixIdentifier
    last
    showFiles
    showOption
    types
    ;
  inherit (lib.modules.load) setDefaultModuleLocation;

  isOption = value: value._type or null == "option";

  # `decls` is a list of `{ file; options; }`, in the order in which they were found, last first.
  treeOf =
    decls:
    treeFrom (
      if length decls == 1 then
        mapAttrs (_: decl: nodeOf [ decl ]) (declsByName (head decls))
      else
        zipAttrsWith (_: nodeOf) (map declsByName decls)
    );

  treeFrom =
    nodes:
    let
      without = unwanted: removeAttrs nodes (filter (name: unwanted nodes.${name}) (attrNames nodes));
    in
    {
      inherit nodes;
      names = attrNames nodes;
      groups = without (node: !(node ? tree));
      pending = without (node: !(node ? make));
    };

  declsByName =
    { file, options }:
    if isAttrs options then
      mapAttrs (name: value: {
        inherit file;
        options = value;
        pos = unsafeGetAttrPos name options;
      }) options
    else
      throwNotASet [ ] options;

  nodeOf =
    decls:
    let
      found = filter (decl: decl.options ? _type) decls;
    in
    if found == [ ] then
      if all (decl: isAttrs decl.options) decls then
        { tree = treeOf (map (decl: { inherit (decl) file options; }) decls); }
      else
        pending (loc: throwNotASet loc (head (filter (decl: !isAttrs decl.options) decls)).options)
    else if !(all (decl: isOption decl.options) found) then
      pending (loc: throwNotAnOption loc (head (filter (decl: !isOption decl.options) found)))
    else if length decls == 1 then
      # Nothing of the option itself is looked at before somebody wants its value.
      optionNode (fixType null (declare null noDeclaration (head decls)))
    else
      pending (loc: mergeMixed loc decls found);

  optionNode = option: { inherit option; };
  pending = make: { inherit make; };

  throwNotASet =
    loc: value:
    throw ''
      An option declaration for `${builtins.concatStringsSep "." loc}' has type
      `${typeOf value}' rather than an attribute set.
      Did you mean to define this outside of `options'?
    '';

  throwNotAnOption =
    loc: decl:
    let
      name = escapeNixIdentifier (last loc);
      comment = if length loc > 1 then "\n    # ${showOption loc}" else "";
    in
    throw (
      "In module ${decl.file}: expected an option declaration at option path `${showOption loc}` but got an attribute set with type ${decl.options._type}"
      + (
        if decl.options._type == "option-type" then
          ''


            When declaring an option, you must wrap the type in a `mkOption` call. It should look somewhat like:
                ${comment}
                ${name} = lib.mkOption {
                  description = ...;
                  type = <the type you wrote for ${name}>;
                  ...
                };
          ''
        else
          ""
      )
    );

  # Several declarations at one place: options only, or a submodule option with options below it.
  mergeMixed =
    loc: decls: found:
    let
      isSubmodule = decl: decl.options.type.name or null == "submodule";
      asOption =
        decl:
        if isOption decl.options then
          decl
        else
          decl
          // {
            options = lib.mkOption {
              type = types.submoduleWith {
                modules = [ { inherit (decl) options; } ];
                shorthandOnlyDefinesConfig = null;
              };
            };
          };
    in
    if length found == length decls then
      optionNode (fixType loc (mergeDecls loc decls))
    else if all isSubmodule found then
      optionNode (fixType loc (mergeDecls loc (map asOption decls)))
    else
      throw "The option `${showOption loc}' in module `${(head found).file}' would be a parent of the following options, but its type `${
        (head found).options.type.description or "<no description>"
      }' does not support nested options.\n${
        showRaw loc (filter (decl: !(isOption decl.options)) decls)
      }";

  showRaw =
    loc: decls:
    builtins.concatStringsSep "\n" (
      builtins.sort builtins.lessThan (
        concatMap (
          decl:
          map (
            name: " - option(s) with prefix `${showOption (loc ++ [ name ])}' in module `${decl.file}'"
          ) (attrNames decl.options)
        ) decls
      )
    );

  noDeclaration = {
    declarations = [ ];
    declarationPositions = [ ];
    options = [ ];
  };

  mergeDecls = loc: decls: foldl' (declare loc) noDeclaration decls;

  # Adds one more declaration of the option to what is known of it.
  declare =
    loc: known: decl:
    let
      new = decl.options;
      both = name: new ? ${name} && known ? ${name};
      clash = throw "The option `${showOption loc}' in `${decl.file}' is already declared in ${showFiles known.declarations}.";
      submodules = new.type.getSubModules or null;
      mergedType = known.type.typeMerge new.type.functor;
    in
    if both "default" || both "example" || both "description" || both "apply" then
      clash
    else
      new
      // known
      // {
        declarations = known.declarations ++ [ decl.file ];
        declarationPositions = known.declarationPositions ++ [
          (
            if decl.pos != null then
              decl.pos
            else
              {
                inherit (decl) file;
                line = null;
                column = null;
              }
          )
        ];
        options =
          if submodules == null then
            known.options
          else
            map (setDefaultModuleLocation decl.file) submodules ++ known.options;
        ${if both "type" then "type" else null} = if mergedType == null then clash else mergedType;
      };

  # Gives the option its final type: the submodules of all declarations in one.
  fixType =
    _loc: option:
    if option.type.getSubModules or null == null then
      if option ? type then option else option // { type = types.unspecified; }
    else
      option
      // {
        type = option.type.substSubModules option.options;
        options = [ ];
      };

  # The tree of two sets of modules that share no name at the top, or null.
  union =
    a: b:
    if builtins.intersectAttrs a.nodes b.nodes == { } then treeFrom (a.nodes // b.nodes) else null;

  # nixpkgs' form of a declaration list: `{ _file; options; pos; }`, each `options` one option.
  fromPublic = map (decl: {
    file = decl._file;
    inherit (decl) options;
    pos = decl.pos or null;
  });
in
{
  inherit
    treeOf
    treeFrom
    isOption
    optionNode
    nodeOf
    union
    ;
  fixupOptionType = fixType;
  mergeOptionDecls = loc: decls: mergeDecls loc (fromPublic decls) // { inherit loc; };
}
