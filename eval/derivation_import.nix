# What import makes of a .drv file in the store: a derivation as the function derivation returns it, with a name and
# paths only. The argument has name, drvPath, outputs and the path of each output under the output's name.

drv:

let
  common = builtins.listToAttrs named // {
    inherit (drv) drvPath name;
    all = map (output: output.value) named;
    type = "derivation";
  };

  named = map (name: {
    inherit name;
    value = common // {
      outPath = drv.${name};
      outputName = name;
    };
  }) drv.outputs;
in
(builtins.head named).value
