# Documentation as data, for the program to render: of the options of a component, and of a provider.
{ lib }:
let
  inherit (builtins)
    filter
    isAttrs
    isFunction
    isString
    length
    ;

  # A description or an expression as text. Both are strings or sets with a text; `markdown` tells them apart.
  textOf = value: if isAttrs value then value.text or (lib.generators.toPretty { } value) else toString value;
  expressionOf =
    value:
    if value._type or null == "literalMD" || value._type or null == "mdDoc" then
      { markdown = value.text; }
    else if isAttrs value && value ? text then
      { expression = value.text; }
    else
      { expression = lib.generators.toPretty { } value; };

  # Where an option is declared: files, or places where files are not known.
  declarationsOf =
    options: option:
    let
      positions = (lib.attrByPath option.loc' { } options).declarationPositions or [ ];
      places = map (p: "${toString p.file}:${toString p.line}") (
        filter (p: p != null && p ? file && p ? line) positions
      );
    in
    if option.declarations == [ ] then places else map toString option.declarations;

  entry =
    depth: at: options: option:
    {
      name = lib.showOption (lib.drop depth option.loc);
      loc = lib.drop depth option.loc;
      inherit (option) type readOnly;
      description = if option.description == null then null else lib.trim (textOf option.description);
      declarations = declarationsOf options (option // { loc' = lib.drop at option.loc; });
    }
    // lib.optionalAttrs (option ? default) { default = expressionOf option.default; }
    // lib.optionalAttrs (option ? example) { example = expressionOf option.example; };

  # Options for users, with names that start after the first `depth` parts. `options` themselves are mounted after `at` parts.
  list =
    depth: at: options:
    map (entry depth at options) (
      filter (option: option.visible && !option.internal) (
        lib.optionAttrSetToDocList (removeAttrs options [ "_module" ])
      )
    );

  optionsOf = modules: prefix: name:
    (lib.evalModules {
      inherit modules prefix;
      specialArgs = { inherit name; };
    }).options;

  # The options of `inputs` or `outputs` come from the definitions, so they are found by evaluating those.
  port =
    depth: option:
    if option.isDefined then
      list depth (length option.loc) (
        optionsOf (map (def: if isFunction def || !isAttrs def then def else { config = def; }) option.definitions)
          option.loc
          (lib.last option.loc)
      )
    else
      [ ];

  optional =
    value:
    let
      result = builtins.tryEval value;
    in
    if result.success then result.value else null;
  trimmed = value: if isString value then lib.trim value else value;

  resourceType = name: t: {
    inherit name;
    inherit (t) type;
    description = trimmed (optional t.description);
    requireState = optional t.requireState;
    inputs = list 0 0 (optionsOf [ t.inputs ] [ ] "inputs");
    outputs = list 0 0 (optionsOf [ t.outputs ] [ ] "outputs");
  };
in
{
  # `options` are those of a component.
  component =
    options:
    let
      prefix = lib.init options._options.loc;
      depth = length prefix;
    in
    {
      options =
        list depth depth options
        ++ lib.optionals (options ? inputs) (port depth options.inputs ++ port depth options.outputs);
    };

  # `provider` is an evaluated provider module.
  provider = name: provider: {
    id = name;
    name = optional provider.name;
    description = trimmed (optional provider.description);
    executable = optional provider.executable;
    sourceBaseUrl = optional provider.sourceBaseUrl;
    sourceName = optional provider.sourceName;
    resourceTypes = lib.mapAttrsToList resourceType provider.resourceTypes;
  };
}
