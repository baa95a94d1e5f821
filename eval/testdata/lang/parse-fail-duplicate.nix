{
  web.inputs.name = "a";
  web.inputs = { name = "b"; };
}
