# The functions around modules: lists, sets, strings, generators.
let
  inherit (import ./subject) lib;
  inherit (lib) std;
  l = std;
in
{
  "lists" = {
    expr = [
      (l.range 2 4)
      (l.take 2 [ 1 2 3 ])
      (l.drop 2 [ 1 2 3 ])
      (l.dropEnd 1 [ 1 2 3 ])
      (l.takeEnd 1 [ 1 2 3 ])
      (l.reverseList [ 1 2 3 ])
      (l.flatten [ 1 [ 2 [ 3 ] ] ])
      (l.unique [ 1 2 1 ])
      (l.subtractLists [ 1 ] [ 1 2 ])
      (l.intersectLists [ 1 ] [ 1 2 ])
      (l.foldr (a: b: a - b) 0 [ 5 3 1 ])
      (l.foldl (a: b: a - b) 0 [ 5 3 1 ])
      (l.imap1 (i: x: i * x) [ 4 5 ])
      (l.findFirst (x: x > 1) null [ 1 2 3 ])
      (l.zipListsWith (a: b: a + b) [ 1 2 ] [ 10 20 30 ])
      (l.sortOn (x: -x) [ 1 3 2 ])
      (l.naturalSort [ "a10" "a2" "a" ])
      (l.groupBy' (n: _: n + 1) 0 (x: if x > 1 then "big" else "small") [ 1 2 3 ])
      (l.toposort (a: b: a < b) [ 3 1 2 ])
      (l.optional true 1 ++ l.optionals false [ 2 ])
      (l.last [ 1 2 ])
      (l.init [ 1 2 ])
      (l.count (x: x == 1) [ 1 2 1 ])
    ];
    expected = [
      [ 2 3 4 ]
      [ 1 2 ]
      [ 3 ]
      [ 1 2 ]
      [ 3 ]
      [ 3 2 1 ]
      [ 1 2 3 ]
      [ 1 2 ]
      [ 2 ]
      [ 1 ]
      3
      (-9)
      [ 4 10 ]
      2
      [ 11 22 ]
      [ 3 2 1 ]
      [ "a" "a2" "a10" ]
      {
        big = 2;
        small = 1;
      }
      { result = [ 1 2 3 ]; }
      [ 1 ]
      2
      [ 1 ]
      2
    ];
  };
  "attrsets" = {
    expr = [
      (l.attrByPath [ "a" "b" ] 0 { a.b = 1; })
      (l.attrByPath [ "a" "c" ] 0 { a.b = 1; })
      (l.hasAttrByPath [ "a" "b" ] { a.b = 1; })
      (l.setAttrByPath [ "a" "b" ] 1)
      (l.filterAttrs (n: v: n == "a" || v == 2) { a = 1; b = 2; c = 3; })
      (l.mapAttrs' (n: v: l.nameValuePair "x${n}" (v + 1)) { a = 1; })
      (l.mapAttrsToList (n: v: "${n}${toString v}") { a = 1; b = 2; })
      (l.concatMapAttrs (n: v: { ${n} = v; "${n}2" = v; }) { a = 1; })
      (l.genAttrs [ "a" "b" ] (n: n + n))
      (l.foldlAttrs (acc: n: v: acc + n + toString v) "" { a = 1; b = 2; })
      (l.recursiveUpdate { a.b = 1; a.c = 2; } { a.b = 3; })
      (l.mapAttrsRecursive (path: v: l.concatStringsSep "." path + toString v) { a.b = 1; c = 2; })
      (l.collect builtins.isInt { a.b = 1; c = 2; })
      (l.cartesianProduct { a = [ 1 2 ]; b = [ 3 ]; })
      (l.zipAttrsWith (_: values: values) [ { a = 1; } { a = 2; b = 3; } ])
      (l.matchAttrs { a.b = 1; } { a = { b = 1; c = 2; }; })
      (l.attrsToList { a = 1; })
      (l.updateManyAttrsByPath [ { path = [ "a" "b" ]; update = n: n + 1; } ] { a.b = 1; })
      (l.mergeAttrsList [ { a = 1; } { b = 2; } { a = 3; } ])
      (l.showAttrPath [ "a" "b c" ])
    ];
    expected = [
      1
      0
      true
      { a.b = 1; }
      { a = 1; b = 2; }
      { xa = 2; }
      [ "a1" "b2" ]
      { a = 1; a2 = 1; }
      { a = "aa"; b = "bb"; }
      "a1b2"
      { a = { b = 3; c = 2; }; }
      { a.b = "a.b1"; c = "c2"; }
      [ 1 2 ]
      [ { a = 1; b = 3; } { a = 2; b = 3; } ]
      { a = [ 1 2 ]; b = [ 3 ]; }
      true
      [ { name = "a"; value = 1; } ]
      { a.b = 2; }
      { a = 3; b = 2; }
      "a.\"b c\""
    ];
  };
  "strings" = {
    expr = [
      (l.concatMapStringsSep "," toString [ 1 2 ])
      (l.splitString "." "a.b.c")
      (l.hasPrefix "ab" "abc")
      (l.hasSuffix "bc" "abc")
      (l.hasInfix "b" "abc")
      (l.removePrefix "a" "abc")
      (l.removeSuffix "c" "abc")
      (l.toUpper "aé")
      (l.toCamelCase "hello-big world")
      (l.trim "  a b \n")
      (l.escapeShellArg "it's")
      (l.escapeShellArgs [ "a" "b c" ])
      (l.toShellVars { a = "b c"; l = [ 1 2 ]; })
      (l.strings.escapeNixIdentifier "a b")
      (l.strings.escapeURL "a b/é?")
      (l.fixedWidthNumber 4 42)
      (l.toInt " 42 ")
      (l.toIntBase10 "007")
      (l.versionAtLeast "1.10" "1.9")
      (l.getName "hello-2.10")
      (l.strings.sanitizeDerivationName "..a b")
      (l.strings.levenshtein "kitten" "sitting")
      (l.concatLines [ "a" "b" ])
      (l.stringToCharacters "abc")
      (l.replaceStrings [ "a" ] [ "b" ] "aa")
      (l.toHexString 250)
      (l.fromHexString "fA")
      (l.boolToString true)
    ];
    expected = [
      "1,2"
      [ "a" "b" "c" ]
      true
      true
      true
      "bc"
      "ab"
      "Aé"
      "helloBigWorld"
      "a b"
      "'it'\\''s'"
      "a 'b c'"
      "a='b c'\ndeclare -a l=(1 2)"
      "\"a b\""
      "a%20b%2Fé%3F"
      "0042"
      42
      7
      true
      "hello"
      "a-b"
      3
      "a\nb\n"
      [ "a" "b" "c" ]
      "bb"
      "FA"
      250
      "true"
    ];
  };
  "generators" = {
    expr = [
      (l.generators.toKeyValue { } { a = 1; b = true; })
      (l.generators.toINI { } { s = { a = "x"; }; t.b = 2; })
      (l.generators.toINIWithGlobalSection { } { globalSection.g = 1; sections.s.a = 2; })
      (l.generators.toGitINI { user.name = "A B"; url."ssh://x".insteadOf = "y"; })
      (l.generators.toJSON { } { a = [ 1 ]; })
      (l.generators.toPretty { } { a = [ 1 "x" ]; f = x: x; n = null; })
      (l.generators.toPretty { multiline = false; } { a = [ ]; })
      (l.generators.toLua { } { a = [ 1 true ]; })
      (l.generators.toDhall { } { a = 1; })
      (l.cli.toCommandLineGNU { } { v = true; name = "x"; list = [ 1 2 ]; off = false; })
    ];
    expected = [
      "a=1\nb=true\n"
      "[s]\na=x\n\n[t]\nb=2\n"
      "g=1\n\n[s]\na=2\n"
      "[url \"ssh://x\"]\n\tinsteadOf = \"y\"\n\n[user]\n\tname = \"A B\"\n"
      "{\"a\":[1]}"
      "{\n  a = [\n    1\n    \"x\"\n  ];\n  f = <function>;\n  n = null;\n}"
      "{ a = [ ]; }"
      "{\n  [\"a\"] = {\n    1,\n    true\n  }\n}"
      "{ a = +1 }"
      [ "--list=1" "--list=2" "--name=x" "-v" ]
    ];
  };
  "trivial" = {
    expr = [
      (l.pipe 1 [ (x: x + 1) toString ])
      (l.mod 7 3)
      (l.mapNullable (x: x + 1) null)
      (l.defaultTo 1 null)
      (l.functionArgs (l.setFunctionArgs (_: 1) { a = true; }))
      (l.fix (self: { a = 1; b = self.a; }))
      (l.getExe' { type = "derivation"; outPath = "/p"; } "x")
      ((l.makeExtensible (self: { a = 1; b = self.a; })).extend (_: _: { a = 2; })).b
      (l.versions.majorMinor "1.2.3")
    ];
    expected = [
      "2"
      1
      null
      1
      { a = true; }
      { a = 1; b = 1; }
      "/p/bin/x"
      2
      "1.2"
    ];
  };
  "option documentation" = {
    expr =
      let
        docs = l.optionAttrSetToDocList (l.evalModules {
          modules = [
            {
              _file = "decl.nix";
              options.s = l.mkOption {
                type = l.types.attrsOf (
                  l.types.submodule {
                    options.port = l.mkOption {
                      type = l.types.port;
                      default = 80;
                      description = "The port.";
                    };
                  }
                );
                description = "Servers.";
              };
            }
          ];
        }).options;
      in
      map (doc: {
        inherit (doc) name type;
        default = doc.default.text or null;
      }) (builtins.filter (doc: !doc.internal && builtins.head doc.loc != "_module" && !(builtins.elem "_module" doc.loc)) docs);
    expected = [
      {
        name = "s";
        type = "attribute set of (submodule)";
        default = null;
      }
      {
        name = "s.<name>.port";
        type = "16 bit unsigned integer; between 0 and 65535 (both inclusive)";
        default = "80";
      }
    ];
  };
}
