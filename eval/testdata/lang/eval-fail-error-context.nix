let
  inherit (builtins) addErrorContext;
  member =
    name: f:
    addErrorContext "while evaluating the member '${name}'" f;
in
member "web" (member "hello" ({ }.inputs))
