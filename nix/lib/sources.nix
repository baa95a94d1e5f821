# lib.sources: folders of which only some files are put into the Nix store.
{ lib }:
let
  inherit (builtins)
    any
    baseNameOf
    elem
    filter
    head
    isString
    match
    readFile
    split
    stringLength
    substring
    ;
  inherit (lib)
    fileContents
    hasPrefix
    hasSuffix
    last
    removePrefix
    removeSuffix
    ;
  inherit (lib.filesystem) pathIsRegularFile;

  # What a source is made of, whether or not it is filtered already.
  partsOf =
    src:
    if src ? _isLibCleanSourceWith then
      { inherit (src) filter name origSrc; }
    else
      {
        origSrc = src;
        filter = _: _: true;
        name = "source";
      };
  ofParts =
    {
      origSrc,
      filter,
      name,
    }:
    {
      _isLibCleanSourceWith = true;
      inherit filter name origSrc;
      outPath = builtins.path {
        inherit filter name;
        path = origSrc;
      };
    };

  cleanSourceWith =
    {
      src,
      filter ? _: _: true,
      name ? null,
    }:
    let
      parts = partsOf src;
    in
    ofParts {
      inherit (parts) origSrc;
      filter = path: type: filter path type && parts.filter path type;
      name = if name == null then parts.name else name;
    };

  # Files that editors, compilers and version control leave behind.
  cleanSourceFilter =
    path: type:
    let
      name = baseNameOf path;
      isFolderOfVersions =
        type == "directory"
        && elem name [
          ".hg"
          ".jj"
          ".pijul"
          ".svn"
          "CVS"
          "_darcs"
        ];
      isFromEditor = hasSuffix "~" name || match "(\\..*)?\\.sw[a-z]" name != null;
      isCompiled = hasSuffix ".o" name || hasSuffix ".so" name;
      isResult = type == "symlink" && hasPrefix "result" name;
    in
    !(
      name == ".git"
      || isFolderOfVersions
      || isFromEditor
      || isCompiled
      || isResult
      || type == "unknown"
    );

  ## Commits

  # `{ value; }` or `{ error; }`: the commit that the file, such as HEAD, names in a .git folder.
  commitOf =
    file: path:
    let
      here = path + "/${file}";
      packed = path + "/packed-refs";
      text = fileContents here;
      reference = match "ref: (.*)" text;
      isThis = match "([a-z0-9]+) ${file}";
      found = filter (line: isString line && isThis line != null) (split "\n" (readFile packed));
    in
    if pathIsRegularFile path then
      linkedCommit file path
    else if pathIsRegularFile here then
      if reference == null then { value = text; } else commitOf (head reference) path
    else if !pathIsRegularFile packed then
      { error = "Not a .git directory: ${toString path}"; }
    else if found == [ ] then
      { error = "Could not find ${file} in ${toString packed}"; }
    else
      { value = head (isThis (head found)); };

  # A .git that is a file names the folder, which may have its references elsewhere.
  linkedCommit =
    file: path:
    let
      below = base: name: if hasPrefix "/" name then name else "${toString base}/${name}";
      reference = match "gitdir: (.*)" (fileContents path);
      folder = below (dirOf path) (head reference);
      shared =
        if pathIsRegularFile "${folder}/commondir" then
          below folder (removeSuffix "/" (fileContents "${folder}/commondir"))
        else
          folder;
    in
    if reference == null then
      { error = "File contains no gitdir reference: ${toString path}"; }
    else
      commitOf (removePrefix "${shared}/" "${folder}/${file}") shared;

  ## Names

  nameOfUrl =
    url:
    let
      withoutExtension =
        name:
        let
          parts = match "(.*)\\.(bz|bz2|git|gz|lzma|tar|tbz|tbz2|tgz|txz|xz|zip|zstd)" name;
        in
        if parts == null then name else withoutExtension (head parts);
    in
    withoutExtension (baseNameOf (removeSuffix "/" (last (lib.splitString ":" (toString url)))));

  shortRev =
    rev:
    let
      base = baseNameOf (toString rev);
      version = match "([A-Za-z]+[-_. ]?)*(v)?([0-9.]+.*)" base;
    in
    if match "[a-f0-9]+" base != null then
      substring 0 7 base
    else if version != null then
      last version
    else
      base;

  fullName =
    repo: rev: suffix:
    "${nameOfUrl repo}${lib.optionalString (rev != null) "-${shortRev rev}"}${
      lib.optionalString (suffix != null) "-${suffix}"
    }-source";
in
{
  inherit (builtins) filterSource;
  inherit cleanSourceFilter cleanSourceWith;

  cleanSource =
    src:
    cleanSourceWith {
      inherit src;
      filter = cleanSourceFilter;
    };

  sourceByRegex =
    src: patterns:
    let
      inherit (partsOf src) origSrc;
    in
    cleanSourceWith {
      inherit src;
      filter =
        path: _:
        let
          name = removePrefix "${toString origSrc}/" (toString path);
        in
        any (pattern: match pattern name != null) patterns;
    };

  sourceFilesBySuffices =
    src: suffixes:
    cleanSourceWith {
      inherit src;
      filter =
        path: type: type == "directory" || any (suffix: hasSuffix suffix (baseNameOf path)) suffixes;
    };

  trace =
    src:
    let
      parts = partsOf src;
    in
    ofParts (
      parts
      // {
        filter =
          path: type:
          let
            kept = parts.filter path type;
          in
          builtins.trace "${parts.name}.filter ${path} = ${lib.boolToString kept}" kept;
      }
    )
    // {
      satisfiesSubpathInvariant = src.satisfiesSubpathInvariant or false;
    };

  canCleanSource = src: src ? _isLibCleanSourceWith || !(builtins.hasContext (toString src));
  pathHasContext = builtins.hasContext;

  commitIdFromGitRepo =
    path:
    let
      found = commitOf "HEAD" path;
    in
    found.value or (throw found.error);
  pathIsGitRepo = path: commitOf "HEAD" path ? value;

  revOrTag =
    rev: tag:
    if tag != null then
      tag
    else if rev != null then
      rev
    else
      "HEAD";

  urlToName = nameOfUrl;
  inherit shortRev;
  repoRevToName =
    kind:
    {
      source =
        _: _: _:
        "source";
      versioned =
        repo: rev: _:
        fullName repo rev null;
      full = fullName;
    }
    .${kind} or (throw "repoRevToName: invalid kind");
}
