# Documentation as data.
let
  nixops4 = import ./subject;
  inherit (nixops4.lib) std;
  inherit (std) mkOption types;
  docs = import ../docs { lib = std; };

  config =
    (
      (nixops4.lib.mkRoot {
        prefix = [ "nixops4" ];
        modules = [
          {
            options.size = mkOption {
              type = types.int;
              default = 3;
              description = "The size.\n";
            };
            options.hidden = mkOption { visible = false; };
          }
          (
            { providers, ... }:
            {
              providers.p = {
                executable = "/bin/p";
                name = "P";
                resourceTypes.t = {
                  requireState = true;
                  inputs.options.a = mkOption {
                    type = types.nullOr types.str;
                    default = null;
                    example = "x";
                  };
                  outputs = { };
                };
              };
              members.group.members.r = {
                type = providers.p.t;
                inputs = { ... }: { options.more = mkOption { defaultText = std.literalMD "some *text*"; }; };
              };
            }
          )
        ];
      }).evaluate
      {
        resourceProviderSystem = "x86_64-linux";
        outputValues = { };
      }
    ).config;
  named = names: builtins.filter (o: builtins.elem o.name names);
  inputA = {
    type = "null or string";
    description = null;
    readOnly = false;
    default.expression = "null";
    example.expression = ''"x"'';
  };
in
{
  "own options" = {
    expr = map (o: removeAttrs o [ "declarations" ]) (
      named [ "size" "hidden" "_export" "_module.args" ] (docs.component config._options).options
    );
    expected = [
      {
        name = "size";
        loc = [ "size" ];
        type = "signed integer";
        description = "The size.";
        readOnly = false;
        default.expression = "3";
      }
    ];
  };
  "where options without a file are declared" = {
    expr = map (o: map (builtins.match ".*/docs.nix") o.declarations) (
      named [ "size" ] (docs.component config._options).options
    );
    expected = [ [ [ ] ] ];
  };
  "inputs come from the type and from definitions" = {
    expr = map (o: removeAttrs o [ "declarations" ]) (
      named [ "inputs.a" "inputs.more" ]
        (docs.component config.members.group.members.r._options).options
    );
    expected = [
      (
        inputA
        // {
          name = "inputs.a";
          loc = [
            "inputs"
            "a"
          ];
        }
      )
      {
        name = "inputs.more";
        loc = [
          "inputs"
          "more"
        ];
        type = "unspecified value";
        description = null;
        readOnly = false;
        default.markdown = "some *text*";
      }
    ];
  };
  "a provider" = {
    expr =
      let
        provider = docs.provider "p" config.providers.p;
      in
      provider
      // {
        resourceTypes = map (
          t: t // { inputs = map (o: removeAttrs o [ "declarations" ]) t.inputs; }
        ) provider.resourceTypes;
      };
    expected = {
      id = "p";
      name = "P";
      description = null;
      executable = "/bin/p";
      sourceBaseUrl = null;
      sourceName = null;
      resourceTypes = [
        {
          name = "t";
          type = "t";
          description = null;
          requireState = true;
          inputs = [
            (
              inputA
              // {
                name = "a";
                loc = [ "a" ];
              }
            )
          ];
          outputs = [ ];
        }
      ];
    };
  };
}
