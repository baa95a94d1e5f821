# Which definition of a name counts.
let
  x = "let";
  set = {
    x = "with";
    y = "with";
  };
in
{
  with-loses = with set; x;
  with-gives = with set; y;
  inner-with = with set; with { y = "inner"; }; y;
  let-in-with = with set; let y = "let"; in y;
  argument = (x: x) "argument";
  pattern = ({ x ? "default" }: x) { };
  pattern-sees-itself = ({ x, y ? x }: y) { x = "x"; };
  rec-sees-itself = (rec { y = x; x = "rec"; }).y;
  plain-does-not = { y = x; x = "plain"; }.y;
  inherit-looks-outside = (rec { inherit x; }).x;
  inherit-from = (rec { inherit (set) x; z = x; }).z;
  shadowed-builtin = let toString = _: "mine"; in toString 1;
  nested = let x = "a"; in (y: let x = y + "b"; in x) x;
  recursive = let f = n: if n == 0 then [ ] else [ n ] ++ f (n - 1); in f 3;
  mutual = let even = n: n == 0 || odd (n - 1); odd = n: n != 0 && even (n - 1); in even 10;
  whole = ({ a, ... }@all: all) { a = 1; b = 2; };
}
