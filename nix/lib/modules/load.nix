# Loading: from what stands in `modules` or `imports` (a set, a function, a path) to records of one
# shape, and from those to the list of modules that take part.
#
# A loaded module is `{ file; key; named; class; disabled; options; config; children; }`. `named` says
# that its key comes from a path or a `key` attribute, so that it can occur twice or be disabled.
# `env` is what a module function may ask for: `{ args; config; class; prefix; modulesPath; }`.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatMap
    elem
    filter
    genericClosure
    isAttrs
    isList
    isPath
    isString
    mapAttrs
    substring
    ;
  inherit (lib) functionArgs isFunction;
  inherit (lib.modules.properties) mkMerge;
  messages = import ./messages.nix { inherit lib; };

  # Attributes that may stand beside `options` and `config`.
  besideConfig = [
    "_class"
    "_file"
    "key"
    "disabledModules"
    "imports"
    "options"
    "config"
    "meta"
    "freeformType"
  ];
  # Attributes of a module in shorthand form that are not definitions.
  shorthandOnly = [
    "_class"
    "_file"
    "key"
    "disabledModules"
    "require"
    "imports"
    "freeformType"
  ];

  # Attributes that make a set more than a set of definitions.
  structural = lib.genAttrs (besideConfig ++ shorthandOnly) (_: null);

  withFreeform =
    m: config:
    if m ? freeformType then
      mkMerge [
        config
        { _module.freeformType = m.freeformType; }
      ]
    else
      config;

  longForm =
    file: key: m:
    let
      surplus = attrNames (removeAttrs m besideConfig);
      config = m.config or { };
    in
    if surplus != [ ] then
      throw (
        messages.unsupportedAttribute (
          if substring 0 1 key == "/" || file == lib.unknownModule then key else file
        ) surplus
      )
    else
      {
        imports = m.imports or [ ];
        options = m.options or { };
        config = withFreeform m (
          if m ? meta then
            mkMerge [
              config
              { inherit (m) meta; }
            ]
          else
            config
        );
      };

  shorthandForm = file: key: m: {
    imports = m.require or [ ] ++ m.imports or [ ];
    options = { };
    config = withFreeform m (removeAttrs m shorthandOnly);
  };

  # The file of a module that does not name it: the one that brought it in, or, when that is not known
  # either, where its first attribute was written.
  fileOf =
    fallback: m:
    let
      names = attrNames m;
      place = builtins.unsafeGetAttrPos (builtins.head names) m;
    in
    if fallback != lib.unknownModule || !isAttrs m || names == [ ] || place == null then
      fallback
    else
      place.file;

  # `fallbackFile` and `fallbackKey` count where the module does not name itself.
  normalise =
    env: fallbackFile: fallbackKey: isPathModule: m:
    let
      file = toString (m._file or (fileOf fallbackFile m));
      key = toString (m.key or fallbackKey);
      class = m._class or null;
      form =
        if m ? config || m ? options then
          longForm file fallbackKey m
        else if isAttrs m then
          shorthandForm fallbackFile fallbackKey m
        else
          throw "module ${fallbackFile} (${fallbackKey}) does not look like a module.";
    in
    if env.class != null && class != null && class != env.class then
      throw (messages.wrongClass file class env.class)
    else
      {
        inherit
          class
          file
          key
          ;
        named = isPathModule || m ? key;
        disabled = m.disabledModules or [ ];
        inherit (form) options config;
        children = loadAll env file key form.imports;
      };

  # Calls a module function. What it asks for beyond the fixed arguments comes from `_module.args`.
  apply =
    env: key: f:
    let
      wanted = functionArgs f;
    in
    if removeAttrs wanted env.argNames == { } then
      f env.args
    else
      f (env.args // mapAttrs (name: _: argument env (placeOf key wanted name) name) wanted);

  # Where an argument is asked for. The key of a module that is no file says little, so its place is named instead.
  placeOf =
    key: wanted: name:
    let
      place = builtins.unsafeGetAttrPos name wanted;
    in
    if substring 0 1 key == "/" || place == null then
      key
    else
      "${place.file}:${toString place.line}";

  # The content of a module's file.
  read =
    importer: file:
    addErrorContext "while loading the module `${toString file}'${
      if importer == lib.unknownModule then "" else ", which `${importer}' imports"
    }:" (import file);

  argument =
    env: where: name:
    addErrorContext ''while evaluating the module argument `${name}' in "${where}":'' (
      env.args.${name} or (addErrorContext
        "noting that argument `${name}` is not externally provided, so querying `_module.args` instead, requiring `config`"
        env.args.config._module.args.${name}
      )
    );

  load =
    env: file: key: m:
    if isFunction m then
      normalise env file key false (apply env key m)
    else if isAttrs m then
      let
        kind = m._type or "module";
      in
      if kind == "module" then
        normalise env file key false m
      else if kind == "if" || kind == "override" then
        load env file key { config = m; }
      else
        throw (messages.notAModule env file kind)
    else if isList m then
      throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions: ${
        lib.showDefs [
          {
            inherit file;
            value = m;
          }
        ]
      }"
    else
      let
        path = toString m;
        content = read file m;
      in
      normalise env path path true (if isFunction content then apply env path content else content);

  anonymousKey = parent: n: "${parent}:anon-${toString n}";

  loadAll =
    env: file: key: modules:
    if modules == [ ] then
      [ ]
    else
      lib.imap1 (n: load env file (anonymousKey key n)) modules;

  # A module that is nothing but definitions, and one that is nothing but an import.
  configModule =
    {
      file,
      key,
      value,
    }:
    {
      inherit file key;
      class = null;
      named = false;
      disabled = [ ];
      options = { };
      config = value;
      children = [ ];
    };
  importing =
    m: module:
    configModule {
      inherit (m) file;
      key = "${m.key}:import";
      value = { };
    }
    // {
      children = [ module ];
    };

  # All modules, breadth first, each key once, disabled ones left out.
  closure =
    modulesPath: roots:
    let
      isEnabled =
        let
          keys = disabledKeys modulesPath roots;
        in
        if keys == [ ] then _: true else m: !elem m.key keys;
    in
    closureOf (m: filter isEnabled m.children) (filter isEnabled roots);

  # Everything that any module asks to disable. A disabled module's own list counts too.
  disabledKeys =
    modulesPath: roots:
    concatMap (m: map (disabledKey modulesPath m.file) m.disabled) (closureOf (m: m.children) roots);

  disabledKey =
    modulesPath: file: m:
    if isString m then
      if substring 0 1 m == "/" then m else toString modulesPath + "/" + m
    else if lib.isConvertibleWithToString m then
      if m ? key && m.key != toString m then
        throw (messages.disabledItemAmbiguous file m)
      else
        toString m
    else if m ? key then
      m.key
    else if isAttrs m then
      throw (messages.disabledItemWithoutKey file)
    else
      throw (messages.disabledItemOfWrongType file m);

  # What can be known of a module before there is an evaluation, at a depth of imports: either it is
  # loaded (`module` is a record) or `function` says what has to be called. The result and what it
  # imports are told apart by `key`, so that it can go into genericClosure.
  outlineOne =
    class: depth: file: key: m:
    let
      isPathModule = isPath m || isString m;
      content = if isPathModule then read file m else m;
      ownFile = if isPathModule then toString m else file;
      ownKey = if isPathModule then toString m else key;
      isPlain = isAttrs content && !(content ? __functor) && content._type or "module" == "module";
      module = normalise {
        inherit class;
      } ownFile ownKey isPathModule (removeAttrs content [ "imports" "require" ]);
    in
    if isPlain then
      {
        inherit depth module;
        inherit (module) key;
        below = outlines class (depth + 1) module.file module.key (
          content.require or [ ] ++ content.imports or [ ]
        );
      }
    else
      {
        inherit depth;
        key = ownKey;
        file = ownFile;
        function = content;
        below = [ ];
      };
  outlines =
    class: depth: file: key: modules:
    lib.imap1 (n: outlineOne class depth file (anonymousKey key n)) modules;

  outline = class: outlines class 0 lib.unknownModule "";

  # Modules and what they bring in, breadth first, each key once.
  closureOf =
    below: roots:
    genericClosure {
      startSet = roots;
      operator = below;
    };

  # What imports what, for tools that show it.
  graph =
    modulesPath: roots:
    let
      keys = disabledKeys modulesPath roots;
      describe = m: {
        inherit (m) key file;
        disabled = elem m.key keys;
        imports = map describe m.children;
      };
    in
    map describe roots;

  setDefaultModuleLocation = file: m: {
    _file = file;
    imports = [ m ];
  };
in
{
  inherit
    apply
    closure
    closureOf
    configModule
    fileOf
    graph
    importing
    load
    normalise
    outline
    setDefaultModuleLocation
    structural
    ;
}
