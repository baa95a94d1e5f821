# lib.fileset: sets of local files, to be put into the Nix store below a folder.
#
# A file set is a tree from the root of the file system on: `true` stands for a file, or for all files in a folder,
# and a set has the names in a folder that lead to files. Nothing of it is read before it has to be. `base` is a folder that all of the
# files are in, null for the empty set.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatLists
    elemAt
    filter
    foldl'
    head
    intersectAttrs
    isAttrs
    isFunction
    isList
    isPath
    mapAttrs
    pathExists
    readDir
    seq
    trace
    typeOf
    ;
  inherit (lib.path) hasStorePathPrefix;
  inherit (lib.strings) isStringLike hasSuffix;
  inherit (lib.filesystem) pathType;

  namesOf =
    path:
    let
      up = names: at: if at == dirOf at then names else up ([ (baseNameOf at) ] ++ names) (dirOf at);
    in
    up [ ] path;
  rootOf = path: if path == dirOf path then path else rootOf (dirOf path);
  wrap = names: tree: lib.foldr (name: below: { ${name} = below; }) tree names;

  make = base: tree: {
    _type = "fileset";
    _base = base;
    _tree = tree;
    # What people print by mistake says what to do instead.
    _noEval = throw "lib.fileset: Directly evaluating a file set is not supported.\n    To turn it into a usable source, use `lib.fileset.toSource`.\n    To pretty-print the contents, use `lib.fileset.trace` or `lib.fileset.traceVal`.";
  };
  empty = make null { };
  isFileset = value: value._type or null == "fileset";

  singleton =
    path:
    make (if pathType path == "directory" then path else dirOf path) (wrap (namesOf path) true);

  ## Values that stand for file sets

  # What is wrong with a value, or null.
  mistake =
    context: value:
    if isFileset value then
      null
    else if isPath value && pathExists value then
      null
    else if isPath value then
      ''
        ${context} (${toString value}) is a path that does not exist.
            To create a file set from a path that may not exist, use `lib.fileset.maybeMissing`.''
    else if value ? _isLibCleanSourceWith then
      ''
        ${context} is a `lib.sources`-based value, but it should be a file set or a path instead.
            `lib.fileset.fromSource` makes a file set of one that was created from a path.''
    else if isStringLike value then
      ''
        ${context} ("${toString value}") is a string-like value, but it should be a file set or a path instead.
            Paths represented as strings are not supported by `lib.fileset`, use `lib.sources` or derivations instead.''
    else
      "${context} is of type ${typeOf value}, but it should be a file set or a path instead.";

  coerce =
    context: value:
    let
      wrong = mistake context value;
    in
    if wrong != null then
      throw wrong
    else if isPath value then
      singleton value
    else
      value;

  # File sets of several arguments, which have to be in one file system.
  coerceAll =
    function: arguments:
    let
      sets = map ({ context, value }: coerce "${function}: ${context}" value) arguments;
      rooted = filter ({ set, ... }: set._base != null) (
        lib.zipListsWith (argument: set: argument // { inherit set; }) arguments sets
      );
      rootAt = argument: rootOf argument.set._base;
      other = lib.findFirst (argument: rootAt argument != rootAt (head rooted)) null rooted;
    in
    if rooted == [ ] || other == null then
      sets
    else
      throw ''
        ${function}: Filesystem roots are not the same:
            ${(head rooted).context}: Filesystem root is "${toString (rootAt (head rooted))}"
            ${other.context}: Filesystem root is "${toString (rootAt other)}"
            Different filesystem roots are not supported.'';
  coerceTwo =
    function: first: second: a: b:
    coerceAll function [
      {
        context = first;
        value = a;
      }
      {
        context = second;
        value = b;
      }
    ];

  ## Trees

  # The names in a folder that `tree` is at, each with its own tree.
  entries = path: tree: if tree == true then mapAttrs (_: _: true) (readDir path) else tree;
  isFolder = path: tree: isAttrs tree || pathType path == "directory";

  unite =
    a: b:
    if a == true || b == true then
      true
    else
      a // mapAttrs (name: below: if a ? ${name} then unite a.${name} below else below) b;
  intersect =
    a: b:
    if a == true then
      b
    else if b == true then
      a
    else
      mapAttrs (name: intersect a.${name}) (intersectAttrs a b);
  subtract =
    path: a: b:
    if b == true then
      { }
    else if b == { } then
      a
    else
      mapAttrs (
        name: below: if b ? ${name} then subtract (path + "/${name}") below b.${name} else below
      ) (entries path a);

  # Whether there is any file.
  hasFiles =
    path: tree:
    !(isFolder path tree)
    || lib.any (name: hasFiles (path + "/${name}") (entries path tree).${name}) (
      attrNames (entries path tree)
    );

  # Without folders that have no files, and with `true` for folders that have all of theirs; null when nothing is left.
  simplify =
    path: tree:
    let
      inside = entries path tree;
      kept = lib.filterAttrs (_: below: below != null) (
        mapAttrs (name: below: simplify (path + "/${name}") below) inside
      );
      whole = all (name: kept.${name} or null == true) (
        filter (name: hasFiles (path + "/${name}") true) (attrNames (readDir path))
      );
    in
    if !isFolder path tree then
      true
    else if kept == { } then
      null
    else if whole && all (below: below == true) (attrValues kept) then
      true
    else
      kept;

  files =
    path: tree:
    if isFolder path tree then
      concatLists (
        map (name: files (path + "/${name}") (entries path tree).${name}) (attrNames (entries path tree))
      )
    else
      [ path ];

  # The tree at a path below the root.
  at = names: tree: foldl' (tree: name: if isAttrs tree then tree.${name} or { } else tree) tree names;

  commonBase =
    bases:
    let
      common = foldl' (a: b: lib.commonPrefix a b) (namesOf (head bases)) (map namesOf bases);
    in
    foldl' (path: name: path + "/${name}") (rootOf (head bases)) common;

  uniteAll =
    sets:
    let
      real = filter (set: set._base != null) sets;
    in
    if real == [ ] then
      empty
    else
      make (commonBase (map (set: set._base) real)) (foldl' unite { } (map (set: set._tree) real));

  ## Files that somebody else chooses

  # The tree of a folder's files for which `keep path type` holds. Folders are entered if it holds for them.
  choose =
    keep: path:
    let
      chosen = lib.filterAttrs (name: type: keep (path + "/${name}") type) (readDir path);
    in
    mapAttrs (name: type: if type == "directory" then choose keep (path + "/${name}") else true) chosen;
  chosenIn =
    keep: path:
    if pathType path == "directory" then
      make path (wrap (namesOf path) (choose keep path))
    else if keep path (pathType path) then
      singleton path
    else
      empty;

  tracked =
    function: argument: path: more:
    let
      fetched = builtins.fetchGit (
        {
          url = path;
          shallow = true;
        }
        // more
      );
      isWorkTree = pathExists (path + "/.git");
    in
    if !isPath path then
      throw "lib.fileset.${function}: Expected the ${argument} to be a path, but it's a ${typeOf path} instead."
    else if pathType path != "directory" then
      throw "lib.fileset.${function}: Expected the ${argument} (${toString path}) to be a directory, but it's a file instead."
    else if hasStorePathPrefix path && isWorkTree then
      throw ''
        lib.fileset.${function}: The ${argument} (${toString path}) is a store path within a working tree of a Git repository.
            Git cannot be asked there which files are tracked; fetch the repository with `fetchGit` instead of copying all of the folder.''
    else if hasStorePathPrefix path then
      singleton path
    else if !isWorkTree then
      throw "lib.fileset.${function}: Expected the ${argument} (${toString path}) to point to a local working tree of a Git repository, but it's not."
    else
      make path (wrap (namesOf path) (choose (_: _: true) (/. + builtins.unsafeDiscardStringContext fetched.outPath)));

  ## Printing

  show =
    set:
    let
      tree = simplify set._base (at (namesOf set._base) set._tree);
      suffix =
        path: tree:
        if isAttrs tree then
          ""
        else if pathType path == "directory" then
          " (all files in directory)"
        else
          " (${pathType path})";
      below =
        path: indent: tree: before:
        foldl' (
          before: name:
          let
            inner = path + "/${name}";
            line = seq before (trace "${indent}- ${name}${suffix inner tree.${name}}" before);
          in
          if isAttrs tree.${name} then below inner "${indent}  " tree.${name} line else line
        ) before (attrNames tree);
      first = trace "${toString set._base}${suffix set._base tree}" null;
    in
    if set._base == null || tree == null then
      trace "(empty)" null
    else if isAttrs tree then
      below set._base "" tree first
    else
      first;

  ## A source

  # The filter of builtins.path for the files of a set below root.
  filterOf =
    root: set:
    let
      start = at (namesOf root) set._tree;
      skip = builtins.stringLength (if toString root == "/" then "/" else "${toString root}/");
      unfit = path: throw ''
        lib.fileset.toSource: `fileset` contains a file that cannot be added to the store: ${path}
            The Nix store has only regular files and symbolic links. Make sure to not include that file to avoid this error.'';
    in
    path: type:
    let
      names = filter (name: builtins.isString name && name != "") (
        builtins.split "/" (builtins.substring skip (-1) path)
      );
      tree = at names start;
    in
    if tree == { } then
      false
    else if type == "directory" then
      hasFiles (foldl' (path: name: path + "/${name}") root names) tree
    else if type == "regular" || type == "symlink" then
      true
    else
      unfit path;

  toSource =
    { root, fileset }:
    let
      set = coerce "lib.fileset.toSource: `fileset`" fileset;
    in
    if !isPath root then
      throw (
        if root ? _isLibCleanSourceWith then
          ''
            lib.fileset.toSource: `root` is a `lib.sources`-based value, but it should be a path instead.
                Make a file set of it with `lib.fileset.fromSource`, and pass that as `fileset`.''
        else if isStringLike root then
          ''
            lib.fileset.toSource: `root` (${toString root}) is a string-like value, but it should be a path instead.
                Paths in strings are not supported by `lib.fileset`, use `lib.sources` or derivations instead.''
        else
          "lib.fileset.toSource: `root` is of type ${typeOf root}, but it should be a path instead."
      )
    else if set._base != null && rootOf set._base != rootOf root then
      throw ''
        lib.fileset.toSource: Filesystem roots are not the same for `fileset` and `root` (${toString root}):
            `root`: Filesystem root is "${toString (rootOf root)}"
            `fileset`: Filesystem root is "${toString (rootOf set._base)}"
            Different filesystem roots are not supported.''
    else if !pathExists root then
      throw "lib.fileset.toSource: `root` (${toString root}) is a path that does not exist."
    else if pathType root != "directory" then
      throw ''
        lib.fileset.toSource: `root` (${toString root}) is a file, but it should be a directory instead. Potential solutions:
            - To have the file itself in the store, use string interpolation or `builtins.path`.
            - To have it in a directory, set `root` to ${toString (dirOf root)} and `fileset` to the file.''
    else if set._base != null && !lib.path.hasPrefix root set._base then
      throw ''
        lib.fileset.toSource: `fileset` could contain files in ${toString set._base}, which is not under the `root` (${toString root}). Potential solutions:
            - Set `root` to ${toString set._base} or any directory higher up. This changes the layout of the resulting store path.
            - Set `fileset` to a file set that cannot contain files outside the `root` (${toString root}).''
    else
      lib.sources.cleanSourceWith {
        name = "source";
        src = root;
        filter = filterOf root set;
      };
in
{
  inherit empty toSource;

  isFileset = value: mistake "" value == null;

  maybeMissing =
    path:
    if isPath path then
      if pathExists path then singleton path else empty
    else if isStringLike path then
      throw ''lib.fileset.maybeMissing: Argument ("${toString path}") is a string-like value, but it should be a path instead.''
    else
      throw "lib.fileset.maybeMissing: Argument is of type ${typeOf path}, but it should be a path instead.";

  trace = set: seq (show (coerce "lib.fileset.trace: Argument" set)) (value: value);
  traceVal =
    set:
    let
      given = coerce "lib.fileset.traceVal: Argument" set;
    in
    seq (show given) given;

  toList =
    set:
    let
      given = coerce "lib.fileset.toList: Argument" set;
    in
    if given._base == null then [ ] else files given._base (at (namesOf given._base) given._tree);

  union =
    a: b: uniteAll (coerceTwo "lib.fileset.union" "First argument" "Second argument" a b);
  unions =
    sets:
    if !isList sets then
      throw "lib.fileset.unions: Argument is of type ${typeOf sets}, but it should be a list instead."
    else
      uniteAll (
        coerceAll "lib.fileset.unions" (
          lib.imap0 (i: value: {
            context = "Element ${toString i}";
            inherit value;
          }) sets
        )
      );

  intersection =
    a: b:
    let
      sets = coerceTwo "lib.fileset.intersection" "First argument" "Second argument" a b;
      first = elemAt sets 0;
      second = elemAt sets 1;
    in
    if first._base == null || second._base == null then
      empty
    else if lib.path.hasPrefix first._base second._base then
      make second._base (intersect first._tree second._tree)
    else if lib.path.hasPrefix second._base first._base then
      make first._base (intersect first._tree second._tree)
    else
      empty;

  difference =
    positive: negative:
    let
      sets =
        coerceTwo "lib.fileset.difference" "First argument (positive set)" "Second argument (negative set)"
          positive
          negative;
      from = elemAt sets 0;
      names = namesOf from._base;
      gone = at names (elemAt sets 1)._tree;
    in
    if from._base == null || (elemAt sets 1)._base == null then
      from
    else
      make from._base (wrap names (subtract from._base (at names from._tree) gone));

  fileFilter =
    predicate: path:
    let
      keep =
        path: type:
        type == "directory"
        || predicate {
          name = baseNameOf path;
          inherit type;
          hasExt = extension: hasSuffix ".${extension}" (baseNameOf path);
          # Predicates that name no more than they use go on working when there is more.
          "lib.fileset.fileFilter: The predicate function passed as the first argument must be able to handle extra attributes for future compatibility. If you're using `{ name, file, hasExt }:`, use `{ name, file, hasExt, ... }:` instead." =
            null;
        };
    in
    if !isFunction predicate then
      throw "lib.fileset.fileFilter: First argument is of type ${typeOf predicate}, but it should be a function instead."
    else if isFileset path then
      throw ''
        lib.fileset.fileFilter: Second argument is a file set, but it should be a path instead.
            To filter the files of a file set, use `intersection fileset (fileFilter pred ./.)`.''
    else if !isPath path then
      throw "lib.fileset.fileFilter: Second argument is of type ${typeOf path}, but it should be a path instead."
    else if !pathExists path then
      throw "lib.fileset.fileFilter: Second argument (${toString path}) is a path that does not exist."
    else
      chosenIn keep path;

  fromSource =
    source:
    let
      path = source.origSrc or source;
      isFiltered = source ? _isLibCleanSourceWith;
    in
    if isPath path && !pathExists path then
      throw "lib.fileset.fromSource: The source origin (${toString path}) of the argument is a path that does not exist."
    else if isPath path then
      if isFiltered then
        chosenIn (path: type: source.filter (toString path) type) path
      else
        singleton path
    else if isStringLike path then
      throw ''
        lib.fileset.fromSource: The source origin of the argument is a string-like value ("${toString path}"), but it should be a path instead.
            Sources created from paths in strings cannot be turned into file sets, use `lib.sources` or derivations instead.''
    else
      throw "lib.fileset.fromSource: The source origin of the argument is of type ${typeOf path}, but it should be a path instead.";

  gitTracked = path: tracked "gitTracked" "argument" path { };
  gitTrackedWith =
    {
      recurseSubmodules ? false,
    }:
    path:
    if !builtins.isBool recurseSubmodules then
      throw "lib.fileset.gitTrackedWith: Expected the attribute `recurseSubmodules` of the first argument to be a boolean, but it's a ${typeOf recurseSubmodules} instead."
    else
      tracked "gitTrackedWith" "second argument" path { submodules = recurseSubmodules; };
}
