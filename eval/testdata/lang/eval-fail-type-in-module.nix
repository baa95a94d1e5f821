let
  check = name: value: if builtins.isInt value then value else throw "'${name}' should be a number, but is ${builtins.typeOf value}";
  apply = builtins.mapAttrs check;
in
apply {
  port = 80;
  backlog = "many";
}
