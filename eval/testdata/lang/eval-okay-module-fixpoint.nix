# A small module system: options, definitions and a fixed point, as the roots of this program are made of.
let
  inherit (builtins) attrNames concatLists foldl' isFunction mapAttrs;

  zip = f: sets: builtins.zipAttrsWith f sets;

  evalModules =
    modules:
    let
      call = m: if isFunction m then m { inherit config; } else m;
      loaded = map call modules;
      declared = foldl' (a: b: a // b) { } (map (m: m.options or { }) loaded);
      defined = zip (_: vs: vs) (map (m: m.config or { }) loaded);
      config = mapAttrs (
        name: option:
        let
          defs = defined.${name} or [ ];
        in
        if defs == [ ] then
          option.default or (throw "option ${name} is not defined")
        else
          option.merge defs
      ) declared;
    in
    config;

  last = xs: builtins.elemAt xs (builtins.length xs - 1);
in
evalModules [
  {
    options.hosts = {
      default = [ ];
      merge = concatLists;
    };
    options.domain.merge = last;
  }
  (
    { config, ... }:
    {
      options.names = {
        merge = concatLists;
      };
      config.names = map (h: "${h}.${config.domain}") config.hosts;
    }
  )
  {
    config = {
      hosts = [ "a" ];
      domain = "example.org";
    };
  }
  { config.hosts = [ "b" ]; }
]
