# The names on the way from a root to what is mounted at `loc`. A root is mounted at `prefix`; from there on
# the kind of a component and its name take turns: prefix ++ [ "members" NAME "members" NAME … ].
prefix:
let
  depth = builtins.length prefix;
in
loc:
builtins.genList (n: builtins.elemAt loc (depth + 2 * n + 1)) ((builtins.length loc - depth) / 2)
