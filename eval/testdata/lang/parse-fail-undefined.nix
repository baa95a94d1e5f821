let
  name = "a";
in
{ inputs = { inherit nmae; }; }
