# The options of a resource, and what the nixops4 program is told about one.
{ lib }:
let
  inherit (builtins)
    all
    functionArgs
    head
    isAttrs
    isFunction
    isInt
    isList
    isString
    partition
    ;
  inherit (lib) mkIf mkOption types;

  ## Inputs and outputs

  emptySubmodule = types.submodule { };

  submoduleOf =
    module:
    types.submoduleWith {
      modules = [ module ];
      shorthandOnlyDefinesConfig = true;
    };

  # The submodule types for `inputs` and `outputs` of a resource type.
  submodulesOf = type: {
    inputs = submoduleOf type.inputs;
    outputs = submoduleOf type.outputs;
  };

  # The definition that brings the options of a resource type into `inputs` or `outputs`. It is a
  # module like any other, except that portType recognises it by its formal argument and asks it for the
  # submodule type that was made from the resource type.
  moduleOfType =
    port: type:
    args@{
      nixops4ModuleOfType ? null,
      ...
    }:
    if args ? nixops4Ask then
      (type._submodules or (submodulesOf type)).${port}
    else
      { imports = [ type.${port} ]; };
  isModuleOfType = def: isFunction def.value && functionArgs def.value ? nixops4ModuleOfType;

  # The type of the options `inputs` and `outputs`: a submodule whose options come from its definitions.
  # Where one of them is a resource type's module, that type's own submodule does the work, which is
  # shared by all resources of the type.
  portType = emptySubmodule // {
    # Not a submodule to the module system until somebody declares options below it.
    getSubModules = null;
    check = value: isAttrs value || lib.isFunction value || types.path.check value;
    merge =
      loc: defs:
      let
        split = partition isModuleOfType defs;
      in
      if split.right == [ ] then
        emptySubmodule.merge loc defs
      else
        ((head split.right).value { nixops4Ask = true; }).merge loc split.wrong;
  };

  # What the program knows of the outputs, as a module.
  outputsModule = outputs: _: {
    _file = "<resource outputs from nixops>";
    config = outputs;
  };

  skeletonType = lib.mkOptionType {
    name = "outputsSkeleton";
    description = "attribute set of empty sets";
    descriptionClass = "noun";
    check = value: isAttrs value;
    merge =
      _: defs: lib.mapAttrs (_: _: { }) (builtins.foldl' (names: def: names // def.value) { } defs);
    emptyValue = { };
  };

  # A value of the module argument `providers`, or the name of a type that the provider knows.
  resourceTypeType = lib.mkOptionType {
    name = "resourceType";
    description = "resource type";
    descriptionClass = "noun";
    check = value: isString value || value ? provider && value ? outputsSkeleton;
    merge = lib.mergeOneOption;
  };

  ## State

  # A resource as a value: `members.store`. Older roots give its path as a list of strings.
  referenceType = lib.mkOptionType {
    name = "resource";
    description = "resource reference";
    descriptionClass = "noun";
    check = value: value ? absoluteMemberPath || isList value && all isString value;
    merge =
      loc: defs:
      let
        value = lib.mergeUniqueOption { message = "A resource reference cannot be merged."; } loc defs;
      in
      if isList value then
        lib.warn
          "Option ${lib.showOption loc} is defined as a list. Use a `members.<name>` reference instead."
          { absoluteMemberPath = value; }
      else
        value;
  };

  # The path of the resource that keeps the state, or null.
  statePath =
    config: options:
    let
      option = options.state;
      unset =
        if option.highestPrio >= (lib.mkOptionDefault null).priority then
          "has not been defined"
        else
          "must not be null";
    in
    if config.state != null then
      config.state.absoluteMemberPath
    else if config.requireState then
      throw "${option} ${unset}; a resource of type ${config.resourceType} needs a state provider, for example `state = members.NAME;`"
    else
      null;

  settings = import ./settings.nix { inherit lib referenceType; };

  # The methods of a resource, as data, where its type has any.
  methodsOf =
    config: options:
    let
      methods =
        if options.type.isDefined && !(isString config.type) then config.type.methods or { } else { };
    in
    lib.optionalAttrs (methods != { }) {
      methods = lib.mapAttrs (_: method: {
        inherit (method) description result;
        arguments = lib.mapAttrs (_: option: {
          description = option.description or "";
          type = option.type.description or "";
          required = !(option ? default);
        }) (removeAttrs (lib.evalModules { modules = [ method.arguments ]; }).options [ "_module" ]);
      }) methods;
    };

  argType = types.coercedTo (types.oneOf [
    types.str
    types.path
    types.int
  ]) (value: if isInt value then toString value else "${value}") types.str;
in
{
  inherit
    argType
    skeletonType
    submodulesOf
    ;

  options = {
    type = mkOption {
      type = resourceTypeType;
      example = lib.literalExpression "providers.local.file";
      description = ''
        The resource type, from the module argument `providers`. It makes the component a resource.

        A string is the same as `resourceType`: the provider and the outputs must then be set too.
      '';
    };
    provider.type = mkOption {
      type = types.enum [ "stdio" ];
      default = "stdio";
      description = "How the nixops4 program talks to the provider.";
    };
    provider.executable = mkOption {
      type = types.str;
      description = "The program that implements the resource operations.";
    };
    provider.args = mkOption {
      type = types.listOf argType;
      default = [ ];
      description = "Arguments to start the program with.";
    };
    resourceType = mkOption {
      type = types.str;
      description = ''
        The provider's name for the type of the resource. It comes from `type`; set it only in a resource
        that has no `type`.
      '';
    };
    inputs = mkOption {
      type = portType;
      description = ''
        What the provider is given: the wanted properties of the resource. You set them.
      '';
    };
    outputs = mkOption {
      type = portType;
      description = ''
        What the provider reports about the resource that exists. NixOps sets them; an output that is not
        known yet makes whatever uses it wait for the resource.
      '';
    };
    outputsSkeleton = mkOption {
      type = skeletonType;
      internal = true;
      description = "The names of the outputs, which must be known before their values.";
    };
    requireState = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the resource needs a state provider.";
    };
    state = mkOption {
      type = types.nullOr referenceType;
      default = null;
      example = lib.literalExpression "members.store";
      description = "The resource that keeps the state of this one.";
    };
  }
  // settings.options
  // {
    absoluteMemberPath = mkOption {
      type = types.listOf types.str;
      internal = true;
      readOnly = true;
      description = "The names of the members on the way from the root to this resource.";
    };
  };

  # What follows from the type of a resource and from what the program knows of its outputs. `config` and
  # `options` are those of the resource.
  definitions =
    {
      config,
      options,
      outputs,
    }:
    let
      hasType = options.type.isDefined;
      # Where the type is only a name, it brings nothing else.
      ofType = mkIf (hasType && !(isString config.type));
    in
    {
      provider = ofType { inherit (config.type.provider) args executable; };
      resourceType = mkIf hasType (config.type.type or config.type);
      outputsSkeleton = ofType config.type.outputsSkeleton;
      requireState = ofType config.type.requireState;
      inputs = ofType (moduleOfType "inputs" config.type);
      outputs = lib.mkMerge [
        (ofType (moduleOfType "outputs" config.type))
        (mkIf options.resourceType.isDefined (outputsModule outputs))
      ];
    };

  export =
    config: options:
    {
      inherit (config) inputs outputsSkeleton provider;
      type = config.resourceType;
      state = statePath config options;
    }
    // methodsOf config options
    // settings.export config options;

  exportComposite = settings.exportComposite;
}
