# lib.modules: the module system. Each file has one step; the public names are gathered here.
{ lib }:
let
  properties = import ./properties.nix { inherit lib; };
  load = import ./load.nix { inherit lib; };
  declarations = import ./declarations.nix { inherit lib; };
  definitions = import ./definitions.nix { inherit lib; };
  eval = import ./eval.nix { inherit lib; };
  aliases = import ./aliases.nix { inherit lib; };
in
{
  # That all unmatched definitions are told to who wants them.
  reportsUnmatched = true;

  # The steps, for the rest of this library.
  inherit
    properties
    load
    declarations
    definitions
    eval
    ;

  inherit (properties)
    defaultOrderPriority
    defaultOverridePriority
    filterOverrides
    filterOverrides'
    mapDefinitionValue
    mkAfter
    mkAssert
    mkBefore
    mkDefault
    mkDefinition
    mkFixStrictness
    mkForce
    mkIf
    mkImageMediaOverride
    mkMerge
    mkOptionDefault
    mkOrder
    mkOverride
    mkVMOverride
    sortProperties
    ;
  inherit (load) setDefaultModuleLocation;
  inherit (declarations) fixupOptionType mergeOptionDecls;
  inherit (definitions) evalOptionValue mergeDefinitions;
  inherit (eval) evalModules;
  inherit (aliases)
    doRename
    fixMergeModules
    importApply
    importJSON
    importTOML
    mergeAttrDefinitionsWithPrio
    mkAliasAndWrapDefinitions
    mkAliasAndWrapDefsWithPriority
    mkAliasDefinitions
    mkAliasIfDef
    mkAliasOptionModule
    mkAliasOptionModuleMD
    mkChangedOptionModule
    mkDerivedConfig
    mkMergedOptionModule
    mkRemovedOptionModule
    mkRenamedOptionModule
    mkRenamedOptionModuleWith
    ;
}
