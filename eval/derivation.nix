# What builtins.derivation is: the set it is given, with the paths that derivationStrict computes. They are computed
# when somebody looks at one of them, so that a set of derivations can be listed and searched without any of that.

drvAttrs@{
  outputs ? [ "out" ],
  ...
}:

let
  strict = derivationStrict drvAttrs;

  # All outputs know each other: d.dev.out is d.
  common =
    drvAttrs
    // builtins.listToAttrs named
    // {
      inherit drvAttrs;
      all = map (output: output.value) named;
    };

  output =
    name:
    common
    // {
      type = "derivation";
      outputName = name;
      outPath = builtins.getAttr name strict;
      drvPath = strict.drvPath;
    };

  named = map (name: {
    inherit name;
    value = output name;
  }) outputs;
in
(builtins.head named).value
