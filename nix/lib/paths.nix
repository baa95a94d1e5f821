# lib.path and the part of lib.filesystem that only looks at files: path values, subpath strings
# (relative, without `..`), directories.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    filter
    head
    isPath
    isString
    length
    match
    pathExists
    readDir
    readFileType
    split
    storeDir
    substring
    typeOf
    ;
  inherit (lib)
    assertMsg
    drop
    mapAttrsToList
    take
    ;

  invalidReason =
    value:
    if !isString value then
      "The given value is of type ${typeOf value}, but a string was expected"
    else if value == "" then
      "The given string is empty"
    else if substring 0 1 value == "/" then
      "The given string \"${value}\" starts with a `/`, representing an absolute path"
    else if match "(.*/)?\\.\\.(/.*)?" value != null then
      "The given string \"${value}\" contains a `..` component, which is not allowed in subpaths"
    else
      null;

  components = subpath: filter (part: isString part && part != "" && part != ".") (split "/" subpath);
  join = parts: "./" + (if parts == [ ] then "." else concatStringsSep "/" parts);

  # A path value as its root and the names below it.
  deconstruct =
    path:
    let
      up =
        names: base:
        if base == dirOf base then
          {
            root = base;
            inherit names;
          }
        else
          up ([ (baseNameOf base) ] ++ names) (dirOf base);
    in
    up [ ] path;

  # `use` of two deconstructed paths below one root.
  withBoth =
    name: use: first: second:
    let
      wrongType =
        which: value:
        "lib.path.${name}: ${which} argument is of type ${typeOf value}, but a path was expected";
      a = deconstruct first;
      b = deconstruct second;
    in
    assert assertMsg (isPath first) (wrongType "First" first);
    assert assertMsg (isPath second) (wrongType "Second" second);
    assert assertMsg (a.root == b.root) ''
      lib.path.${name}: Filesystem roots must be the same for both paths, but paths with different roots were given:
          first argument: "${toString first}" with root "${toString a.root}"
          second argument: "${toString second}" with root "${toString b.root}"'';
    use a b;

  startsWith = a: b: take (length a.names) b.names == a.names;

  checked =
    name: what: subpath:
    assert assertMsg (
      invalidReason subpath == null
    ) "lib.path.${name}: ${what} is not a valid subpath string:\n    ${invalidReason subpath}";
    subpath;

  storeNames = components storeDir;
  inStore =
    names:
    let
      below = drop (length storeNames) names;
    in
    take (length storeNames) names == storeNames && below != [ ] && match ".{32}-.+" (head below) != null
    # Content-addressed paths have no store directory in front.
    || names != [ ] && match "[0-9a-z]{52}" (head names) != null;
in
{
  path = {
    append =
      path: subpath:
      assert assertMsg (isPath path)
        "lib.path.append: The first argument is of type ${typeOf path}, but a path was expected";
      path + ("/" + checked "append" "Second argument" subpath);
    hasPrefix = withBoth "hasPrefix" startsWith;
    removePrefix =
      first: second:
      withBoth "removePrefix" (
        a: b:
        if startsWith a b then
          join (drop (length a.names) b.names)
        else
          throw "lib.path.removePrefix: The first path argument \"${toString first}\" is not a component-wise prefix of the second path argument \"${toString second}\"."
      ) first second;
    splitRoot =
      path:
      let
        inherit (deconstruct path) root names;
      in
      assert assertMsg (isPath path)
        "lib.path.splitRoot: Argument is of type ${typeOf path}, but a path was expected";
      {
        inherit root;
        subpath = join names;
      };
    hasStorePathPrefix =
      path:
      assert assertMsg (isPath path)
        "lib.path.hasStorePathPrefix: Argument is of type ${typeOf path}, but a path was expected";
      inStore (deconstruct path).names;

    subpath = {
      isValid = value: invalidReason value == null;
      join =
        subpaths:
        join (
          concatMap components (
            lib.imap0 (n: checked "subpath.join" "Element at index ${toString n}") subpaths
          )
        );
      components = subpath: components (checked "subpath.components" "Argument" subpath);
      normalise = subpath: join (components (checked "subpath.normalise" "Argument" subpath));
    };
  };

  filesystem = rec {
    inherit (builtins)
      baseNameOf
      dirOf
      hashFile
      isPath
      readDir
      readFileType
      ;
    pathType = readFileType;
    pathIsDirectory = path: pathExists path && pathType path == "directory";
    pathIsRegularFile = path: pathExists path && pathType path == "regular";
    listFilesRecursive =
      dir:
      lib.flatten (
        mapAttrsToList (
          name: type:
          let
            path = dir + "/${name}";
          in
          if type == "directory" then listFilesRecursive path else path
        ) (readDir dir)
      );
    # The nearest directory, upward from a path, with a file whose name matches a regular expression.
    locateDominatingFile =
      pattern: file:
      let
        at =
          path:
          let
            matches = filter (found: found != null) (map (match pattern) (attrNames (readDir path)));
          in
          if matches != [ ] then
            { inherit path matches; }
          else if toString path == "/" then
            null
          else
            at (dirOf path);
        isDirectory =
          toString file == "/" || (readDir (dirOf file)).${baseNameOf file} or null == "directory";
      in
      at (if isDirectory then file else dirOf file);
    # The packages of a directory: a package.nix makes it one package; else each .nix file is one, and each directory a set of them.
    packagesFromDirectoryRecursive =
      args@{
        callPackage,
        newScope ? throw "lib.packagesFromDirectoryRecursive: newScope wasn't passed in args",
        directory,
      }:
      let
        whole = directory + "/package.nix";
        inside =
          from:
          lib.concatMapAttrs (
            name: type:
            let
              path = directory + "/${name}";
            in
            if type == "directory" then
              { ${name} = packagesFromDirectoryRecursive (from // { directory = path; }); }
            else if type != "regular" then
              throw ''
                lib.filesystem.packagesFromDirectoryRecursive: Unsupported file type ${type} at path ${toString path}
              ''
            else if lib.hasSuffix ".nix" name then
              { ${lib.removeSuffix ".nix" name} = from.callPackage path { }; }
            else
              { }
          ) (readDir directory);
      in
      if pathExists whole then
        callPackage whole { }
      else if args ? newScope then
        lib.recurseIntoAttrs (
          lib.makeScope newScope (
            scope:
            inside (
              args
              // {
                inherit (scope) callPackage newScope;
              }
            )
          )
        )
      else
        inside args;
    # A directory's default.nix, everything else as it is.
    resolveDefaultNix =
      path:
      if pathIsDirectory path || isString path && lib.hasSuffix "/" path then
        path + (if isString path && lib.hasSuffix "/" path then "default.nix" else "/default.nix")
      else
        path;
  };
}
