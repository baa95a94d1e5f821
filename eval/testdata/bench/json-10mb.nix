# fromJSON and toJSON of ten megabytes.
let
  record = i: {
    id = i;
    name = "record number ${toString i}";
    tags = [
      "a"
      "b"
      "c\n\"quoted\""
    ];
    nested = {
      x = i * 3;
      y = null;
      z = true;
      f = 1.5;
    };
  };
  text = builtins.toJSON (builtins.genList record 75000);
in
builtins.stringLength text + builtins.length (builtins.fromJSON text)
