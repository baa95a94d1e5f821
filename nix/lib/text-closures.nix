# lib.stringsWithDeps: pieces of text in the order that what each needs comes before it.
{ lib }:
let
  inherit (builtins) foldl' isAttrs;

  # `{ texts; done; }` with the pieces that are named, and what they need, added.
  add =
    pieces:
    foldl' (
      { texts, done }@before:
      piece:
      if isAttrs piece then
        let
          needed = add pieces before piece.deps;
        in
        needed // { texts = needed.texts ++ [ piece.text ]; }
      else if done ? ${piece} then
        before
      else
        add pieces {
          inherit texts;
          done = done // {
            ${piece} = true;
          };
        } [ pieces.${piece} ]
    );

  textClosureList =
    pieces: wanted:
    (add pieces {
      texts = [ ];
      done = { };
    } wanted).texts;
in
{
  inherit textClosureList;
  textClosureMap =
    f: pieces: names:
    lib.concatMapStringsSep "\n" f (textClosureList pieces names);
  noDepEntry = text: {
    inherit text;
    deps = [ ];
  };
  fullDepEntry = text: deps: { inherit deps text; };
  packEntry = deps: {
    inherit deps;
    text = "";
  };
  stringAfter = deps: text: { inherit deps text; };
}
