# Roots: the functions that turn modules into what the nixops4 program evaluates.
{ lib }:
let
  class = "nixops4Component";

  # Evaluates root modules. `spec` is `{ modules; specialArgs ? { }; prefix ? [ ]; }`, the second
  # argument what the program knows of the world: the system that providers run on and the outputs of
  # resources, in the shape of `members`. Gives a configuration, as evalModules does.
  evalRoot =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    {
      resourceProviderSystem,
      outputValues,
      ...
    }:
    lib.evalModules {
      inherit class prefix;
      specialArgs = specialArgs // {
        inherit resourceProviderSystem;
      };
      modules =
        import ./component.nix {
          inherit
            class
            lib
            outputValues
            prefix
            resourceProviderSystem
            ;
        }
        ++ modules;
    };

  # The same without outputs, for what must be known before anything runs.
  evalRootForProviders =
    spec:
    { system }:
    evalRoot spec {
      resourceProviderSystem = system;
      outputValues = throw "outputValues is not available when evaluating the root for the purpose of building the providers ahead of time.";
    };

  # A derivation that refers to the root's providers, so that building it builds them.
  # Providers of nested components are not in it.
  providersOf =
    spec:
    { system }:
    let
      inherit (evalRootForProviders spec { inherit system; }) config;
      providers = lib.mapAttrs (_: provider: { inherit (provider) args executable; }) config.providers;
    in
    import ./providers-derivation.nix {
      name = "nixops-root-providers";
      inherit providers system;
    }
    // {
      inherit config;
    };

  # A root from a list of modules.
  #
  # - modules: list of component modules, merged
  # - specialArgs: arguments for them that are there in `imports` already
  # - prefix: where the root stands, as a list of strings; shows in messages
  mkRoot =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    let
      spec = { inherit modules specialArgs prefix; };
    in
    {
      _type = "nixops4Component";
      # For the program: from what it knows of the world to the tree of members.
      rootFunction = world: (evalRoot spec world).config._export;
      # For an interactive shell: the same export, together with what it was made from.
      evaluate =
        world:
        let
          evaluated = evalRoot spec world;
        in
        {
          inherit lib;
          inherit (evaluated) config options;
          export = evaluated.config._export;
          providersOf = config: import ./provider-types.nix { inherit lib; } config.providers;
        };
      getProviders = providersOf spec;
    };
in
{
  inherit evalRoot evalRootForProviders mkRoot;
}
