# Values of GVariant, the data of GSettings and dconf, in their text form.
{ lib }:
let
  inherit (builtins)
    all
    head
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isString
    listToAttrs
    toString
    typeOf
    ;
  inherit (lib)
    concatMapStrings
    concatMapStringsSep
    escape
    replaceStrings
    ;

  make =
    type: value: text:
    {
      _type = "gvariant";
      inherit type value;
      __toString = text;
    };
  # Text with the type in front, where it would not be clear.
  typed = self: "@${self.type} ";
  isGVariant = value: value._type or "" == "gvariant";

  type = {
    string = "s";
    boolean = "b";
    uchar = "y";
    int16 = "n";
    uint16 = "q";
    int32 = "i";
    uint32 = "u";
    int64 = "x";
    uint64 = "t";
    double = "d";
    variant = "v";
    arrayOf = t: "a${t}";
    maybeOf = t: "m${t}";
    tupleOf = ts: "(${lib.concatStrings ts})";
    dictionaryEntryOf = name: value: "{${name}${value}}";
  };

  integer = name: type: min: max: {
    inherit
      name
      type
      min
      max
      ;
  };
  intConstructors = [
    (integer "mkInt32" type.int32 (-2147483648) 2147483647)
    (integer "mkUint32" type.uint32 0 4294967295)
    (integer "mkInt64" type.int64 null null)
    (integer "mkUint64" type.uint64 0 null)
    (integer "mkInt16" type.int16 (-32768) 32767)
    (integer "mkUint16" type.uint16 0 65535)
    (integer "mkUchar" type.uchar 0 255)
  ];
  # Numbers are int32 unless they say otherwise.
  integerText = self: if self.type == type.int32 then toString self.value else typed self + toString self.value;
  integers = listToAttrs (
    map (i: {
      inherit (i) name;
      value = value: make i.type value integerText;
    }) intConstructors
  );

  mkBoolean = value: make type.boolean value (self: if self.value then "true" else "false");
  mkString =
    value:
    make type.string value (
      self: "'${replaceStrings [ "\n" ] [ "\\n" ] (escape [ "'" "\\" ] self.value)}'"
    );
  mkDouble = value: make type.double value (self: toString self.value);

  elements = concatMapStringsSep "," toString;
  mkArray =
    given:
    let
      values = map mkValue (
        if given == [ ] then throw "Please create empty array with mkEmptyArray." else given
      );
      elementType = (head values).type;
    in
    make (type.arrayOf (
      if all (value: value.type == elementType) values then
        elementType
      else
        throw "Elements in a list should have same type."
    )) values (self: "${typed self}[${elements self.value}]");

  mkMaybe =
    elementType: value:
    make (type.maybeOf elementType) value (
      self: if self.value == null then "${typed self}nothing" else "just ${toString self.value}"
    );
  mkTuple =
    given:
    let
      values = map mkValue given;
    in
    make (type.tupleOf (map (value: value.type) values)) values (
      self: "${typed self}(${elements self.value})"
    );

  mkValue =
    value:
    if isGVariant value then
      value
    else if isInt value then
      throw (
        ''
          The GVariant type for number “${toString value}” is unclear.
          Please wrap the value with one of the following, depending on the value type in GSettings schema:

        ''
        + concatMapStrings (i: "- `lib.gvariant.${i.name}` for `${i.type}`\n") intConstructors
      )
    else if isBool value then
      mkBoolean value
    else if isFloat value then
      mkDouble value
    else if isString value then
      mkString value
    else if isList value then
      mkArray value
    else if isAttrs value then
      throw "Cannot construct GVariant value from an attribute set. If you want to construct a dictionary, you will need to create an array containing items constructed with `lib.gvariant.mkDictionaryEntry`."
    else
      throw "The GVariant type of “${typeOf value}” can't be inferred.";
in
integers
// {
  inherit
    intConstructors
    isGVariant
    mkArray
    mkBoolean
    mkDouble
    mkMaybe
    mkString
    mkTuple
    mkValue
    type
    ;
  mkEmptyArray = elementType: make (type.arrayOf elementType) [ ] (self: "${typed self}[]");
  mkVariant = given: make type.variant (mkValue given) (self: "<${toString self.value}>");
  mkDictionaryEntry =
    givenName: givenValue:
    let
      name = mkValue givenName;
      value = mkValue givenValue;
    in
    make (type.dictionaryEntryOf name.type value.type) { inherit name value; } (
      self: "${typed self}{${toString self.value.name},${toString self.value.value}}"
    );
  mkNothing = elementType: mkMaybe elementType null;
  mkJust =
    given:
    let
      value = mkValue given;
    in
    mkMaybe value.type value;
  mkObjectpath =
    value: make type.string value (self: "objectpath '${escape [ "'" ] self.value}'");
}
