# lib.network: IPv6 addresses.
{ lib }:
let
  inherit (builtins)
    concatMap
    elemAt
    length
    match
    ;
  inherit (lib)
    concatMapStringsSep
    concatStringsSep
    fromHexString
    hasInfix
    hasPrefix
    hasSuffix
    replicate
    splitString
    toHexString
    toLower
    ;

  groups = 8;
  bits = 128;

  # The eight groups of an address, as text; `::` stands for as many zeros as are missing.
  expand =
    address:
    let
      parts = splitString ":" address;
      given = lib.remove "" parts;
      isShort = hasInfix "::" address;
      atEnd = hasPrefix "::" address || hasSuffix "::" address;
      empty = length parts - length given;
      expected =
        if atEnd then
          2
        else if isShort then
          1
        else
          0;
      zeros = replicate (groups - length given) "0";
      # Only one of the empty parts at an end stands for zeros.
      whole =
        if hasPrefix "::" address then
          zeros ++ given
        else if hasSuffix "::" address then
          given ++ zeros
        else
          concatMap (part: if part == "" then zeros else [ part ]) parts;
    in
    if match "[0-9A-Fa-f:]+" address == null then
      throw "${address} contains malformed characters for IPv6 address"
    else if address == "::" then
      zeros
    else if
      empty != expected || (if isShort then length given >= groups else length given != groups)
    then
      throw "${address} is not a valid IPv6 address"
    else
      whole;

  # Groups as they are written: small letters, no leading zeros.
  canonical =
    address:
    concatMapStringsSep ":" (
      group:
      let
        value = fromHexString group;
      in
      if value <= 65535 then toLower (toHexString value) else throw "0x${group} is not a valid u16 integer"
    ) (expand address);

  prefixLengthOf =
    address: text:
    let
      n = lib.toInt text;
    in
    if 1 <= n && n <= bits then
      n
    else
      throw "${address} IPv6 subnet should be in range [1;${toString bits}], got ${toString n}";
in
{
  ipv6 = {
    # An address, with or without the length of a prefix after a slash.
    fromString =
      text:
      let
        parts = splitString "/" text;
      in
      if length parts > 2 then
        throw "${text} is not a valid IPv6 address in CIDR notation"
      else
        {
          address = canonical (elemAt parts 0);
          prefixLength = if length parts == 1 then bits else prefixLengthOf text (elemAt parts 1);
        };

    # The second half of the address that a network card with this MAC address gives itself.
    mkEUI64Suffix =
      mac:
      let
        octet = "([0-9A-Fa-f]{2})";
        octets = match "${concatStringsSep "[-:.]?" (replicate 6 octet)}" mac;
        at = elemAt octets;
      in
      if octets == null then
        throw ''"${mac}" is not a valid MAC address (expected 6 octets of hex digits)''
      else
        toLower (
          concatStringsSep ":" [
            (toHexString (lib.bitXor 512 (fromHexString (at 0 + at 1))))
            "${at 2}ff"
            "fe${at 3}"
            (at 4 + at 5)
          ]
        );
  };
}
