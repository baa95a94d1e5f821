# Sets of files and filtered sources, made of the folder tree.
lib:
let
  inherit (lib) fileset sources;
  root = ./tree;
  relative = path: lib.removePrefix "${toString root}/" (toString path);
  list = set: map relative (fileset.toList set);
  # The files that a source would have, with folders.
  kept =
    source:
    let
      below =
        path:
        lib.concatLists (
          lib.mapAttrsToList (
            name: type:
            let
              inner = path + "/${name}";
            in
            if !source.filter (toString inner) type then
              [ ]
            else
              [ (relative inner) ] ++ lib.optionals (type == "directory") (below inner)
          ) (builtins.readDir path)
        );
    in
    {
      inherit (source) name;
      files = below source.origSrc;
      path = "${source}";
    };
  source = set: kept (fileset.toSource { inherit root; fileset = set; });
  nix = fileset.fileFilter (file: file.hasExt "nix") root;
  clean = sources.cleanSource root;
  state =
    value:
    let
      result = builtins.tryEval (builtins.deepSeq value value);
    in
    if result.success then result.value else "throws";
in
{
  lists = builtins.mapAttrs (_: list) rec {
    file = ./tree/a.txt;
    folder = ./tree/src;
    whole = root;
    inherit (fileset) empty;
    missing = fileset.maybeMissing ./tree/none;
    there = fileset.maybeMissing ./tree/src;
    two = fileset.union ./tree/a.txt ./tree/src/deep;
    nested = fileset.union ./tree/src ./tree/src/deep;
    several = fileset.unions [ ./tree/a.txt ./tree/link ./tree/src/deep/c.nix fileset.empty ];
    none = fileset.unions [ ];
    both = fileset.intersection two ./tree/src;
    apart = fileset.intersection ./tree/a.txt ./tree/src;
    filtered = fileset.intersection nix ./tree/src/deep;
    without = fileset.difference root ./tree/src/deep;
    withoutFile = fileset.difference ./tree/src ./tree/src/deep/c.nix;
    withoutAll = fileset.difference ./tree/src root;
    withoutNothing = fileset.difference ./tree/src ./tree/a.txt;
    withoutNix = fileset.difference root nix;
    inherit nix;
    ofFile = fileset.fileFilter (file: file.name == "a.txt") ./tree/a.txt;
    ofOther = fileset.fileFilter (file: file.name == "b.txt") ./tree/a.txt;
    types = fileset.fileFilter (file: file.type == "symlink") root;
    ofSource = fileset.fromSource (sources.sourceFilesBySuffices root [ ".md" ".txt" ]);
    ofPath = fileset.fromSource ./tree/src;
  };
  sources = {
    whole = source root;
    empty = source fileset.empty;
    file = source ./tree/src/deep/d.md;
    folder = source (fileset.difference root ./tree/src/b.nix);
    emptied = source (fileset.difference ./tree/src (fileset.unions [ ./tree/src/deep/c.nix ./tree/src/deep/d.md ]));
    filtered = source nix;
    clean = kept clean;
    again = kept (
      sources.cleanSourceWith {
        src = clean;
        filter = path: _: baseNameOf path != "deep";
        name = "other";
      }
    );
    regex = kept (sources.sourceByRegex root [ "src" "src/.*\\.nix" "a.*" ]);
    regexAgain = kept (sources.sourceByRegex clean [ "src" "src/[a-z]*/?[a-z.]*" ]);
    suffices = kept (sources.sourceFilesBySuffices root [ ".md" ]);
    trace = kept (sources.trace clean);
  };
  filter = map (x: sources.cleanSourceFilter x.name x.type) (
    lib.cartesianProduct {
      name = [
        "/x/.git"
        "/x/.svn"
        "/x/CVS"
        "/x/_darcs"
        "/x/.hg"
        "/x/.jj"
        "/x/.pijul"
        "/x/a~"
        "/x/.swp"
        "/x/.a.swo"
        "/x/a.swo"
        "/x/a.o"
        "/x/a.so"
        "/x/result"
        "/x/result-1"
        "/x/plain"
      ];
      type = [
        "directory"
        "regular"
        "symlink"
        "unknown"
      ];
    }
  );
  names = lib.concatMap (
    kind:
    map (repo: map (rev: sources.repoRevToName kind repo rev "x") [ null "0123456789abcdef" "v1.2.3" "refs/tags/release-2.0" "main" ]) [
      "https://example.com/owner/project.git"
      "git@example.com:owner/project.tar.gz"
      "/a/b/"
    ]
  ) [ "source" "versioned" "full" ];
  revOrTag = [
    (sources.revOrTag "r" null)
    (sources.revOrTag null "t")
    (sources.revOrTag null null)
  ];
  questions = {
    isFileset = map fileset.isFileset [ root fileset.empty "x" ./none 1 clean ];
    canClean = map sources.canCleanSource [ root clean "x" ];
    isGit = sources.pathIsGitRepo root;
    type = lib.types.fileset.check ./tree;
    merged = list (lib.types.fileset.merge [ ] [ { value = ./tree/a.txt; } { value = ./tree/src; } ]);
  };
  failures = builtins.mapAttrs (_: state) {
    commit = sources.commitIdFromGitRepo root;
    kind = sources.repoRevToName "none";
  };
}
