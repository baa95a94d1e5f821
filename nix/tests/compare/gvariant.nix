# GVariant values as text, and as data.
lib:
let
  g = lib.gvariant;
  values = {
    bool = true;
    float = 3.14;
    text = "a\\b'c\nd\"e";
    list = [
      "a"
      "b"
    ];
    lists = [
      [ "a" ]
      [ "b" ]
    ];
    int32 = g.mkInt32 (-42);
    uint32 = g.mkUint32 42;
    int16 = g.mkInt16 (-42);
    uint16 = g.mkUint16 42;
    int64 = g.mkInt64 (-42);
    uint64 = g.mkUint64 42;
    uchar = g.mkUchar 7;
    array = g.mkArray [ (g.mkInt32 1) ];
    empty = g.mkEmptyArray g.type.uint32;
    tuple = g.mkTuple [
      (g.mkInt32 1)
      [ "foo" ]
    ];
    unit = g.mkTuple [ ];
    nothing = g.mkNothing g.type.string;
    just = g.mkJust (g.mkUint32 4);
    maybe = g.mkMaybe "s" (g.mkString "x");
    variant = g.mkVariant "foo";
    variants = [
      (g.mkVariant (g.mkInt32 1))
      (g.mkVariant (g.mkVariant "x"))
    ];
    entry = g.mkDictionaryEntry (g.mkInt32 1) [ "foo" ];
    dictionary = [
      (g.mkDictionaryEntry "a" (g.mkInt32 1))
      (g.mkDictionaryEntry "b" (g.mkInt32 2))
    ];
    object = g.mkObjectpath "/a/b";
  };
  data = v: {
    inherit (g.mkValue v) type _type;
    text = toString (g.mkValue v);
  };
in
{
  values = lib.mapAttrs (_: data) values;
  inherit (g) intConstructors;
  types = [
    (g.type.arrayOf "i")
    (g.type.maybeOf "i")
    (g.type.tupleOf [
      "i"
      "s"
    ])
    (g.type.dictionaryEntryOf "s" "v")
  ];
  is = map g.isGVariant [
    (g.mkInt32 1)
    1
    { }
  ];
  dconf = lib.generators.toDconfINI {
    a.b = true;
    c.d = "x";
    c.e = [ "y" ];
  };
}
