# Roots made of deployments: what the program makes of a value that is no root itself.
#
# - { nixops4 = ROOT; … } or { nixops4.deployments.NAME = D; … }, as the outputs of a flake are
# - { nixops4Deployments.NAME = D; … }
# - { deployments.NAME = D; }, the value of such a `nixops4`
# - what mkDeployment gave
#
# D is a module, or what mkDeployment or mkRoot gave. Each NAME is a member of the root, and so are the
# resources and deployments in D members of NAME. Gives null for any other value.
{ lib, mkDeployment }:
let
  inherit (builtins)
    attrNames
    intersectAttrs
    isAttrs
    isList
    mapAttrs
    ;

  typeOf = value: if isAttrs value then value._type or null else null;

  # The export of a component, mounted at a path: what refers to resources by their path from its own root
  # refers to them from the root that we make. In the oldest form, state is the name of a resource beside.
  mount =
    at: beside: component:
    if component ? resource then
      { resource = component.resource // mountReferences at beside component.resource; }
    else
      component
      // lib.optionalAttrs (component ? members) {
        members = mapAttrs (_: mount at beside) component.members;
      }
      // lib.optionalAttrs (component ? movedFrom) { movedFrom = map (mountFormer at) component.movedFrom; };

  mountReferences =
    at: beside: resource:
    let
      paths = map (path: at ++ path);
    in
    lib.optionalAttrs (resource ? state) {
      state =
        if resource.state == null then
          null
        else if isList resource.state then
          at ++ resource.state
        else
          at ++ beside ++ [ resource.state ];
    }
    // lib.optionalAttrs (resource ? dependsOn) { dependsOn = paths resource.dependsOn; }
    // lib.optionalAttrs (resource ? lifecycle) {
      lifecycle =
        resource.lifecycle
        // lib.optionalAttrs (resource.lifecycle ? replaceTriggeredBy) {
          replaceTriggeredBy = paths resource.lifecycle.replaceTriggeredBy;
        };
    }
    // lib.optionalAttrs (resource ? movedFrom) { movedFrom = map (mountFormer at) resource.movedFrom; };

  mountFormer = at: former: if isList former then at ++ former else former;

  # What a deployment exports, as members.
  #
  # A program that knew deployments recorded a resource by its path in the deployment, without the name of that.
  membersOf =
    at: path:
    {
      resources ? { },
      deployments ? { },
      ...
    }:
    let
      both = attrNames (intersectAttrs resources deployments);
      member =
        name: resource:
        let
          mounted = mount at path { inherit resource; };
        in
        {
          resource =
            mounted.resource
            // lib.optionalAttrs (at != [ ]) {
              movedFrom = mounted.resource.movedFrom or [ ] ++ [ (path ++ [ name ]) ];
            };
        };
    in
    if both != [ ] then
      throw "${lib.showOption (at ++ path)} has both a resource and a nested deployment named `${lib.head both}', but they share their names"
    else
      {
        members =
          mapAttrs member resources
          // mapAttrs (name: membersOf at (path ++ [ name ])) deployments;
      };

  # The outputs of members, in the shape of what a deployment exports.
  outputsOf = export: outputValues: {
    resources = mapAttrs (name: _: outputValues.${name} or { }) (export.resources or { });
    deployments = mapAttrs (name: nested: outputsOf nested (outputValues.${name} or { })) (
      export.deployments or { }
    );
  };

  # The world of a deployment, from one whose outputValues are those of the component that it becomes.
  worldOf =
    world: deployment:
    let
      own = {
        inherit (world) resourceProviderSystem;
      }
      // outputsOf (deployment.deploymentFunction own) world.outputValues;
    in
    own;

  # The component that a deployment is.
  componentOf =
    at: world: deployment:
    if typeOf deployment == "nixops4Component" then
      mount at [ ] (deployment.rootFunction world)
    else
      membersOf at [ ] (deployment.deploymentFunction (worldOf world deployment));

  # The options of what is at a path in a deployment; null where they are not known.
  optionsOf =
    world: deployment: path:
    if deployment ? configurationFunction then
      optionsAt (deployment.configurationFunction (worldOf world deployment)).config path
    else if deployment ? evaluate then
      optionsAt (deployment.evaluate world).config path
    else
      null;

  optionsAt =
    config: path:
    let
      name = lib.head path;
      below = config.members or { } // config.resources or { } // config.deployments or { };
    in
    if path == [ ] then
      config._options
    else if below ? ${name} then
      optionsAt below.${name} (lib.tail path)
    else
      null;

  # A deployment as mkDeployment makes it.
  made =
    prefix: name: deployment:
    if typeOf deployment == "nixops4Deployment" || typeOf deployment == "nixops4Component" then
      deployment
    else if !(isAttrs deployment || lib.isFunction deployment || lib.types.path.check deployment) then
      throw "${lib.showOption (prefix ++ [ name ])} is of type ${builtins.typeOf deployment}, but a deployment is a module: a set, a function or a path"
    else
      mkDeployment {
        prefix = prefix ++ [ name ];
        modules = [ deployment ];
      };

  rootOfDeployments =
    prefix: given:
    let
      deployments = mapAttrs (made prefix) given;
    in
    if !(isAttrs given) then
      throw "${lib.showOption prefix} is of type ${builtins.typeOf given}, but must be a set of deployments"
    else
      {
        _type = "nixops4Component";
        rootFunction = world: {
          members = mapAttrs (name: componentOf [ name ] (worldAt name world)) deployments;
        };
        optionsFunction =
          world: path:
          if path == [ ] then
            null
          else
            optionsOf (worldAt (lib.head path) world) deployments.${lib.head path} (lib.tail path);
        getProviders =
          { system }:
          import ../components/providers-derivation.nix {
            inherit system;
            name = "nixops-root-providers";
            providers = mapAttrs (_: d: d.getProviders { inherit system; }) deployments;
          };
      };

  worldAt = name: world: world // { outputValues = world.outputValues.${name} or { }; };

  rootOfDeployment = deployment: {
    _type = "nixops4Component";
    rootFunction = world: componentOf [ ] world deployment;
    optionsFunction = world: optionsOf world deployment;
    inherit (deployment) getProviders;
  };
in
value:
if typeOf value == "nixops4Deployment" then
  rootOfDeployment value
else if !(isAttrs value) || value ? _type then
  null
else if typeOf (value.nixops4 or null) == "nixops4Component" then
  value.nixops4
else if isAttrs (value.nixops4 or null) && value.nixops4 ? deployments then
  rootOfDeployments [ "nixops4" "deployments" ] value.nixops4.deployments
else if value ? nixops4Deployments then
  rootOfDeployments [ "nixops4Deployments" ] value.nixops4Deployments
else if value ? deployments then
  rootOfDeployments [ "deployments" ] value.deployments
else
  null
