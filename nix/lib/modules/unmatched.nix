# The error for definitions that no option is declared for.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatStringsSep
    filter
    head
    length
    ;
  # By topic, because nixpkgs' lib has not all of them at the top.
  inherit (lib.lists)
    init
    last
    sortOn
    take
    ;
  inherit (lib.options) showDefs showOption;
  inherit (lib.strings) levenshtein levenshteinAtMost;

  # Names that the user may have meant, nearest first.
  suggestions =
    name: candidates:
    take 3 (
      sortOn (levenshtein name) (
        if length candidates < 100 then candidates else filter (levenshteinAtMost 2 name) candidates
      )
    );

  didYouMean =
    parent: names:
    let
      show = name: "`${showOption (parent ++ [ name ])}'";
    in
    if names == [ ] then
      ""
    else if length names == 1 then
      "\n\nDid you mean ${show (head names)}?"
    else
      "\n\nDid you mean ${concatStringsSep ", " (map show (init names))} or ${show (last names)}?";

  describe =
    prefix: options: def:
    let
      path = showOption (prefix ++ def.prefix);
      parent = init def.prefix;
      siblings = attrNames (lib.attrByPath parent { } options);
      # Names with an underscore are internal; nobody means them.
      candidates = filter (name: !(lib.hasPrefix "_" name)) siblings;
      shown =
        addErrorContext
          "while evaluating the error message for definitions for `${path}', which is an option that does not exist"
          (addErrorContext "while evaluating a definition from `${def.file}'" (showDefs [ def ]));
    in
    "The option `${path}' does not exist. Definition values:${shown}"
    + didYouMean (prefix ++ parent) (suggestions (last def.prefix) candidates);
in
prefix: options: unmatched:
let
  path = showOption prefix;
  explained =
    def:
    let
      message = describe prefix options def;
    in
    if attrNames options != [ "_module" ] then
      message
    else if path == "" then
      ''
        ${message}

        It seems as if you're trying to declare an option by placing it into `config' rather than `options'!
      ''
    else
      ''
        ${message}

        However there are no options defined in `${path}'. Are you sure you've
        declared your options properly? This can happen if you e.g. declared your options in `types.submodule'
        under `config' rather than `options'.
      '';
in
# Where all mistakes are wanted and not the first, as in `nixops4 check`, there is a function that takes them.
if builtins ? nixops4Report then
  builtins.all (def: builtins.nixops4Report (explained def)) unmatched
else
  throw (explained (head unmatched))
