let
  host =
    {
      name,
      port ? 22,
    }:
    "${name}:${toString port}";
in
map host [
  { name = "a"; }
  { port = 23; }
]
