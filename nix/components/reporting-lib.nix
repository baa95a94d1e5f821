# A lib whose evalModules reports definitions that no option is declared for, all of them, and goes on without them.
#
# nixpkgs' own throws an error about the first one, behind which every other mistake hides. `nixops4 check` wants all, and
# brings a function that takes them: builtins.nixops4Report. The standalone lib calls it by itself.
lib:
let
  inherit (builtins) attrNames head seq;

  # Weaker than what a module says, stronger than the default of the option.
  fallback = lib.mkOverride 1400;

  # nixpkgs hands the unmatched definitions to the freeform type, so this one sees them all.
  reporter =
    evaluated:
    lib.mkOptionType {
      name = "nixops4Report";
      description = "definitions that no option is declared for";
      merge =
        prefix: defs:
        seq (unmatched prefix evaluated.options (map (located evaluated.options) defs)) { };
    };
  unmatched = import ../lib/modules/unmatched.nix { inherit lib; };

  # The name of a definition is where the set that it was wrapped into leaves the options.
  located =
    options: def:
    let
      name = head (attrNames def.value);
      below = options.${name} or null;
      inner = located below (def // { value = def.value.${name}; });
    in
    if below == null || lib.isOption below then
      {
        inherit (def) file;
        prefix = [ name ];
        value = def.value.${name};
      }
    else
      inner // { prefix = [ name ] ++ inner.prefix; };

  # Evaluates the same modules again, with the reporter. They see the first evaluation as `config`, so that what they define
  # does not depend on itself.
  report =
    evaluated:
    attrNames
      (evaluated.extendModules {
        modules = [ { _module.freeformType = fallback (reporter evaluated); } ];
        specialArgs = {
          inherit (evaluated) options;
          config = evaluated.config // {
            inherit (evaluated) _module;
          };
        };
      }).config;

  # The modules themselves may say that nothing is checked.
  saysItself = evaluated: evaluated.options._module.check.highestPrio < 1400;

  reporting =
    evaluated:
    let
      checked = if saysItself evaluated then (x: x) else seq (report evaluated);
    in
    evaluated
    // {
      config = checked evaluated.config;
      options = checked evaluated.options;
      _module = checked evaluated._module;
      extendModules = more: reporting (evaluated.extendModules more);
    };

  overlay =
    _: previous:
    let
      evalModules =
        args:
        reporting (
          previous.modules.evalModules (
            args // { modules = args.modules ++ [ { _module.check = fallback false; } ]; }
          )
        );
    in
    {
      inherit evalModules;
      modules = previous.modules // {
        inherit evalModules;
      };
    };
in
if lib.modules.reportsUnmatched or false || !(lib ? extend) then lib else lib.extend overlay
