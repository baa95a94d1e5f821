# The options that say how a resource is handled, apart from what it is. The nixops4 program is told those that are defined, in
# keys of the resource that older programs ignore.
{ lib, referenceType }:
let
  inherit (builtins)
    filter
    isString
    listToAttrs
    map
    ;
  inherit (lib) mkOption types;

  references = types.listOf referenceType;
  paths = map (resource: resource.absoluteMemberPath);

  submoduleOf =
    options:
    types.submoduleWith {
      modules = [ { inherit options; } ];
      shorthandOnlyDefinesConfig = true;
    };

  flag =
    description:
    mkOption {
      type = types.bool;
      default = false;
      inherit description;
    };
  places =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "tags.owner" ];
      inherit description;
    };
  # As Go writes durations; a number alone is seconds.
  durationText =
    types.strMatching "([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+"
    // {
      description = "duration such as \"90s\", \"10m\" or \"1h30m\"";
      descriptionClass = "noun";
    };
  duration =
    description:
    mkOption {
      type = types.nullOr (types.either types.ints.positive durationText);
      default = null;
      example = "10m";
      inherit description;
    };

  # How each option is told.
  told = {
    lifecycle = value: value // { replaceTriggeredBy = paths value.replaceTriggeredBy; };
    dependsOn = paths;
    movedFrom = value: value;
    timeouts = lib.filterAttrs (_: limit: limit != null);
    retry = value: value;
  };
  names = builtins.attrNames told;

  defined = options: filter (name: options.${name}.isDefined);
  tell =
    config: chosen:
    listToAttrs (
      map (name: {
        inherit name;
        value = told.${name} config.${name};
      }) chosen
    );
in
{
  options = {
    lifecycle = mkOption {
      type = submoduleOf {
        preventDestroy = flag ''
          Never delete or replace the resource. State records this, too: when the declaration is removed,
          deleting is still refused until `nixops4 state unprotect`.
        '';
        createBeforeDestroy = flag ''
          When the resource is replaced, create the new one first, then change what depends on it, then
          destroy the old one.
        '';
        ignoreChanges = places ''
          Inputs, or parts of them, that stay as they are recorded once the resource exists; `"*"` is all
          of them.
        '';
        ignoreDrift = places ''
          Inputs and outputs, or parts of them, that `nixops4 drift` leaves out.
        '';
        replaceTriggeredBy = mkOption {
          type = references;
          default = [ ];
          example = lib.literalExpression "[ members.image ]";
          description = ''
            Resources with state; when one of them is updated or replaced, this one is replaced.
          '';
        };
      };
      description = "How the resource is changed and destroyed.";
    };
    dependsOn = mkOption {
      type = references;
      example = lib.literalExpression "[ members.network ]";
      description = ''
        Resources that are done before this one. What an input refers to need not be named.
      '';
    };
    movedFrom = mkOption {
      type = types.listOf (types.either types.str (types.listOf types.str));
      example = [ "www" ];
      description = ''
        Paths that the component had, so that what is recorded there is moved and not made anew. A string
        starts from the composite that the component is a member of, a list of names from the root. On a
        composite it holds for all that is in it.
      '';
    };
    timeouts = mkOption {
      type = submoduleOf {
        create = duration "How long creating may take: seconds, or a string such as \"10m\".";
        update = duration "How long updating may take.";
        destroy = duration "How long destroying may take.";
        read = duration "How long reading may take, and saying what an update would do.";
      };
      description = "How long the provider may take for the resource.";
    };
    retry = mkOption {
      type = submoduleOf {
        attempts = mkOption {
          type = types.ints.positive;
          default = 3;
          description = "How often an operation is tried that the provider refuses.";
        };
        delay = mkOption {
          type = types.either types.ints.unsigned durationText;
          default = "1s";
          description = "How long to wait before the second attempt. It doubles with each one after it.";
        };
      };
      description = "Whether to try again what the provider refuses.";
    };
    sensitiveOutputs = mkOption {
      type = types.listOf types.str;
      example = [ "stdout" ];
      description = ''
        The names of outputs that are secrets, besides those that the resource type says: what a command
        prints, for example. They print as `(sensitive)`, and so does what is made from them; the Nix store
        does not take them in.
      '';
    };
    allowApplyAll = mkOption {
      type = types.bool;
      description = ''
        Whether the composite is applied, or destroyed, as part of everything. With `false` it is only when it,
        or something in it, is named.
      '';
    };
  };

  # Of a resource.
  export =
    config: options:
    let
      ofType =
        name: if options.type.isDefined && !(isString config.type) then config.type.${name} or [ ] else [ ];
      own = if options.sensitiveOutputs.isDefined then config.sensitiveOutputs else [ ];
      lists = {
        replaceOnChange = ofType "replaceOnChange";
        sensitiveOutputs = lib.unique (ofType "sensitiveOutputs" ++ own);
      };
    in
    tell config (defined options names) // lib.filterAttrs (_: list: list != [ ]) lists;

  # Of a composite.
  exportComposite =
    loc: config: options:
    let
      misplaced = defined options (filter (name: name != "movedFrom") names ++ [ "sensitiveOutputs" ]);
      place = if loc == [ ] then "the root" else lib.showOption loc;
    in
    if misplaced != [ ] then
      throw "${place} is not a resource but a composite component, so it cannot have the option ${builtins.head misplaced}; set it on the resources in it"
    else
      tell config (defined options [ "movedFrom" ])
      // (if options.allowApplyAll.isDefined then { inherit (config) allowApplyAll; } else { });
}
