# Nothing here may evaluate a value that starts with "never".
let
  never = throw "never";
  const = a: _: a;
  pair = {
    fst = 1;
    snd = never;
  };
in
[
  (const 1 never)
  pair.fst
  (builtins.length [
    never
    never
  ])
  (builtins.attrNames { a = never; })
  (({ a, b ? never }: a) { a = 2; })
  (if true then 3 else never)
  (true || never)
  (false && never)
  (false -> never)
  ({ a = 4; } // { b = never; }).a
  (builtins.head ([ 5 ] ++ [ never ]))
  (let x = never; in 6)
  (with never; 7)
  ({ inherit (never) a; } ? a)
  (builtins.tryEval (const 8 never)).value
  (builtins.elemAt [ never 9 ] 1)
  (builtins.hasAttr "a" { a = never; })
  (builtins.isAttrs { a = never; })
  (builtins.intersectAttrs { a = never; } { a = 10; })
  (builtins.removeAttrs { a = 11; b = never; } [ "b" ])
  (builtins.any (x: x) [ true never ])
  (builtins.all (x: x) [ false never ])
  (builtins.seq [ never ] 12)
  (builtins.length (map never [ ]))
  ((builtins.listToAttrs [ { name = "a"; value = 13; } { name = "b"; value = never; } ]).a)
  (builtins.replaceStrings [ "x" ] [ never ] "abc")
]
