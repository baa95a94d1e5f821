# The longer error texts of the module system. Their wording is nixpkgs', because people search for
# it and test suites match on it.
{ lib }:
let
  inherit (builtins) fromJSON head typeOf;
  inherit (lib) escapeNixString showOption;

  escape = fromJSON ''"\u001b"'';
  bad = text: "${escape}[1;35m${text}${escape}[0m";
  good = text: "${escape}[1;32m${text}${escape}[0m";
  code = text: "${escape}[1m${text}${escape}[0m";

  intoFile =
    file:
    if file == null || file == "<unknown-file>" then
      ""
    else
      ", while trying to load a module into ${toString file}";
  intoPrefix =
    prefix:
    if prefix == [ ] then "" else ", while trying to load a module into ${code (showOption prefix)}";

  flakeExample =
    class:
    "Perhaps you forgot to select an attribute name?\n"
    + "Instead of, for example,\n"
    + "    ${bad "inputs.someflake"}\n"
    + "you need to write something like\n"
    + "    ${bad "inputs.someflake"}${
          good (if class == null then ".modules.someApp.default" else ".modules.${class}.default")
        }"
    + (
      if class == "nixos" || class == "darwin" then
        "\nor\n    ${bad "inputs.someflake"}${good ".${class}Modules.default"}"
      else
        ""
    );

  adviceFor =
    kind: class:
    if kind == "configuration" then
      "\n\nIf you really mean to import this configuration, instead please only import the modules that make up the configuration.\n"
      + "You may have to create a `let` binding, file or attribute to give yourself access to the relevant modules.\n"
      + "While loading a configuration into the module system is a very sensible idea, it can not be done cleanly in practice."
    else if kind == "flake" then
      "\n\n" + flakeExample class
    else
      "";
in
{
  notAModule =
    env: file: kind:
    "Expected a module, but found a value of type ${bad (escapeNixString kind)}${intoFile file}${intoPrefix env.prefix}.\n"
    + "A module is typically loaded by adding it to the ${code "imports = [ ... ];"} attribute of an existing module, or in the ${code "modules = [ ... ];"} argument of various functions.\n"
    + "Please make sure that each of the list items is a module, and not a different kind of value."
    + adviceFor kind env.class;

  wrongClass = name: actual: expected: ''
    The module `${name}` (class: ${escapeNixString actual}) cannot be imported into a module evaluation that expects class ${escapeNixString expected}.

    Help:
    - Ensure that you are importing the correct module.
    - Verify that the module's `_class`, ${escapeNixString actual} matches the expected `class` ${escapeNixString expected}.
    - If you are using a custom class, make sure it is correctly defined and used consistently across your modules.
  '';

  unsupportedAttribute =
    key: names:
    "Module `${key}' has an unsupported attribute `${head names}'. This is caused by introducing a top-level `config' or `options' attribute. "
    + "Add configuration attributes immediately on the top level instead, or move all of them (namely: ${toString names}) into the explicit `config' attribute.";

  disabledItemAmbiguous =
    file: m:
    "Module `${file}` contains a disabledModules item that is an attribute set that can be converted to a string (${toString m}) but also has a `.key` attribute (${m.key}) with a different value. "
    + "This makes it ambiguous which module should be disabled.";
  disabledItemWithoutKey =
    file:
    "Module `${file}` contains a disabledModules item that is an attribute set, presumably a module, that does not have a `key` attribute. "
    + "This means that the module system doesn't have any means to identify the module that should be disabled. "
    + "Make sure that you've put the correct value in disabledModules: a string path relative to modulesPath, a path value, or an attribute set with a `key` attribute.";
  disabledItemOfWrongType =
    file: m:
    "Each disabledModules item must be a path, string, or a attribute set with a key attribute, or a value supported by toString. "
    + "However, one of the disabledModules items in `${toString file}` is none of that, but is of type ${typeOf m}.";
}
