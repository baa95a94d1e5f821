# The standalone lib: a module system and the functions that people use around modules, for roots that
# bring no nixpkgs. Names, behaviour and error texts are those of nixpkgs' lib, so that a module does
# not notice which of the two it was given. docs/roots.md says what is in it and what is not.
#
# A file is read when one of its names is used, hence the lists of names.
let
  # Parts of nixpkgs' lib that are data about packages, or need it.
  absent =
    builtins.mapAttrs
      (
        name: _:
        throw "lib.${name} is not part of the standalone lib; give nixpkgs' lib to nixops4: `import <nixops4> { lib = …; }`"
      )
      {
        fetchers = null;
        licenses = null;
        maintainers = null;
        platforms = null;
        teams = null;
      };

  names = lib: absent // {
    trivial = import ./trivial.nix { inherit lib; };
    inherit (lib.trivial) fixedPoints;
    lists = import ./lists.nix { inherit lib; };
    attrsets = import ./attrsets.nix { inherit lib; };
    strings = import ./strings.nix { inherit lib; };
    options = import ./options.nix { inherit lib; };
    types = import ./types { inherit lib; };
    modules = import ./modules { inherit lib; };
    generators = import ./generators.nix { inherit lib; };
    gvariant = import ./gvariant.nix { inherit lib; };
    debug = import ./debug.nix { inherit lib; };
    inherit (lib.debug) asserts;
    inherit (import ./meta.nix { inherit lib; })
      cli
      meta
      versions
      ;
    inherit (import ./paths.nix { inherit lib; }) filesystem path;
    inherit (import ./customisation.nix { inherit lib; }) customisation derivations;
    sources = import ./sources.nix { inherit lib; };
    fileset = import ./fileset.nix { inherit lib; };
    stringsWithDeps = import ./text-closures.nix { inherit lib; };
    flakes = {
      inherit (builtins) flakeRefToString parseFlakeRef;
    };
    kernel = import ./kernel.nix { inherit lib; };
    network = import ./network.nix { inherit lib; };
    systems.flakeExposed = [
      "x86_64-linux"
      "aarch64-linux"
      "x86_64-darwin"
      "armv6l-linux"
      "armv7l-linux"
      "i686-linux"
      "aarch64-darwin"
      "powerpc64le-linux"
      "riscv64-linux"
      "x86_64-freebsd"
    ];

    inherit (builtins)
      abort
      addErrorContext
      baseNameOf
      convertHash
      dirOf
      fromTOML
      getContext
      hasContext
      hashFile
      hashString
      placeholder
      readDir
      readFileType
      throw
      toFile
      toString
      toXML
      tryEval
      unsafeGetAttrPos
      ;

    inherit (lib.trivial)
      add
      and
      bitAnd
      bitNot
      bitOr
      bitXor
      boolToString
      boolToYesNo
      ceil
      checkListOfEnum
      compare
      concat
      const
      deepSeq
      defaultTo
      div
      flip
      floor
      fromHexString
      functionArgs
      genericClosure
      id
      importJSON
      importTOML
      inNixShell
      inPureEvalMode
      info
      isBool
      isFloat
      isFunction
      isInOldestRelease
      isInt
      lessThan
      mapNullable
      max
      mergeAttrs
      min
      mirrorFunctionArgs
      mod
      mul
      nixpkgsVersion
      oldestSupportedRelease
      oldestSupportedReleaseIsAtLeast
      pathExists
      pipe
      seq
      setFunctionArgs
      showWarnings
      splitByAndCompare
      sub
      throwIf
      throwIfNot
      toBaseDigits
      toFunction
      toHexString
      version
      versionSuffix
      warn
      warnIf
      warnIfNot
      xor
      ;
    "or" = lib.trivial."or";
    inherit (lib.fixedPoints)
      composeExtensions
      composeManyExtensions
      converge
      extends
      fix
      fix'
      makeExtensible
      makeExtensibleWithCustomName
      toExtension
      ;
    inherit (lib.lists)
      all
      allUnique
      any
      commonPrefix
      compareLists
      concatAttrValues
      concatLists
      concatMap
      count
      crossLists
      drop
      dropEnd
      elem
      elemAt
      filter
      findFirst
      findFirstIndex
      findSingle
      flatten
      fold
      foldl
      foldl'
      foldr
      forEach
      genList
      groupBy
      groupBy'
      head
      ifilter0
      imap0
      imap1
      init
      intersectLists
      isList
      last
      length
      listDfs
      map
      mutuallyExclusive
      naturalSort
      optional
      optionals
      partition
      range
      remove
      replaceElemAt
      replicate
      reverseList
      singleton
      sort
      sortOn
      sublist
      subtractLists
      tail
      take
      takeEnd
      toList
      toposort
      unique
      uniqueStrings
      zipLists
      zipListsWith
      ;
    inherit (lib.attrsets)
      attrByPath
      attrNames
      attrVals
      attrValues
      attrsToList
      cartesianProduct
      catAttrs
      chooseDevOutputs
      collect
      concatMapAttrs
      dontRecurseIntoAttrs
      filterAttrs
      filterAttrsRecursive
      foldAttrs
      foldlAttrs
      genAttrs
      genAttrs'
      getAttr
      getAttrFromPath
      getAttrs
      getBin
      getDev
      getFirstOutput
      getInclude
      getLib
      getMan
      getOutput
      getStatic
      hasAttr
      hasAttrByPath
      intersectAttrs
      isAttrs
      isDerivation
      listToAttrs
      longestValidPathPrefix
      mapAttrs
      mapAttrs'
      mapAttrsRecursive
      mapAttrsRecursiveCond
      mapAttrsToList
      mapAttrsToListRecursive
      mapAttrsToListRecursiveCond
      mapCartesianProduct
      matchAttrs
      mergeAttrsList
      nameValuePair
      optionalAttrs
      overrideExisting
      recurseIntoAttrs
      recursiveUpdate
      recursiveUpdateUntil
      removeAttrs
      setAttrByPath
      showAttrPath
      toDerivation
      unionOfDisjoint
      updateManyAttrsByPath
      zipAttrs
      zipAttrsWith
      zipAttrsWithNames
      ;
    inherit (lib.strings)
      addContextFrom
      appendContext
      charToInt
      cmakeBool
      cmakeFeature
      cmakeOptionType
      compareVersions
      concatImapStrings
      concatImapStringsSep
      concatLines
      concatMapAttrsStringSep
      concatMapStrings
      concatMapStringsSep
      concatStrings
      concatStringsSep
      enableFeature
      enableFeatureAs
      escape
      escapeC
      escapeNixIdentifier
      escapeNixString
      escapeRegex
      escapeShellArg
      escapeShellArgs
      escapeURL
      escapeXML
      fileContents
      fixedWidthNumber
      fixedWidthString
      floatToString
      fromJSON
      getName
      getVersion
      hasInfix
      hasPrefix
      hasSuffix
      intersperse
      isConvertibleWithToString
      isPath
      isStorePath
      isString
      isStringLike
      isValidPosixName
      join
      levenshtein
      levenshteinAtMost
      lowerChars
      makeBinPath
      makeIncludePath
      makeLibraryPath
      makeSearchPath
      makeSearchPathOutput
      match
      mesonBool
      mesonEnable
      mesonOption
      nameFromURL
      normalizePath
      optionalString
      parseDrvName
      readFile
      removePrefix
      removeSuffix
      replaceString
      replaceStrings
      sanitizeDerivationName
      split
      splitString
      splitStringBy
      storeDir
      stringAsChars
      stringLength
      stringToCharacters
      substring
      toCamelCase
      toInt
      toIntBase10
      toJSON
      toLower
      toSentenceCase
      toShellVar
      toShellVars
      toUpper
      trim
      trimWith
      typeOf
      unsafeDiscardStringContext
      upperChars
      versionAtLeast
      versionOlder
      withFeature
      withFeatureAs
      ;
    inherit (lib.versions) splitVersion;
    inherit (lib.options)
      getFiles
      getValues
      isOption
      literalCode
      literalExpression
      literalMD
      mergeDefaultOption
      mergeEqualOption
      mergeOneOption
      mergeUniqueOption
      mkEnableOption
      mkOption
      mkPackageOption
      mkSinkUndeclaredOptions
      optionAttrSetToDocList
      optionAttrSetToDocList'
      renderOptionValue
      scrubOptionValue
      showDefs
      showFiles
      showOption
      showOptionWithDefLocs
      unknownModule
      ;
    inherit (lib.types)
      defaultFunctor
      defaultTypeMerge
      isOptionType
      isType
      mkOptionType
      setType
      ;
    inherit (lib.modules)
      defaultOrderPriority
      defaultOverridePriority
      doRename
      evalModules
      evalOptionValue
      filterOverrides
      filterOverrides'
      fixMergeModules
      fixupOptionType
      importApply
      mapDefinitionValue
      mergeAttrDefinitionsWithPrio
      mergeDefinitions
      mergeOptionDecls
      mkAfter
      mkAliasAndWrapDefinitions
      mkAliasAndWrapDefsWithPriority
      mkAliasDefinitions
      mkAliasIfDef
      mkAliasOptionModule
      mkAliasOptionModuleMD
      mkAssert
      mkBefore
      mkChangedOptionModule
      mkDefault
      mkDefinition
      mkDerivedConfig
      mkFixStrictness
      mkForce
      mkIf
      mkImageMediaOverride
      mkMerge
      mkMergedOptionModule
      mkOptionDefault
      mkOrder
      mkOverride
      mkRemovedOptionModule
      mkRenamedOptionModule
      mkRenamedOptionModuleWith
      mkVMOverride
      setDefaultModuleLocation
      sortProperties
      ;
    inherit (lib.debug)
      runTests
      testAllTrue
      trace
      traceFnSeqN
      traceIf
      traceSeq
      traceSeqN
      traceVal
      traceValFn
      traceValSeq
      traceValSeqFn
      traceValSeqN
      traceValSeqNFn
      ;
    inherit (lib.asserts) assertMsg assertOneOf;
    inherit (lib.generators) mkLuaInline;
    inherit (lib.filesystem)
      packagesFromDirectoryRecursive
      pathIsDirectory
      pathIsRegularFile
      pathType
      ;
    inherit (lib.meta)
      addMetaAttrs
      appendToName
      dontDistribute
      getExe
      getExe'
      hiPrio
      hiPrioSet
      lowPrio
      lowPrioSet
      mapDerivationAttrset
      setName
      setPrio
      updateName
      ;
    inherit (lib.customisation)
      callPackageWith
      callPackagesWith
      extendDerivation
      extendMkDerivation
      hydraJob
      makeOverridable
      makeScope
      makeScopeWithSplicing
      makeScopeWithSplicing'
      mapCrossIndex
      overrideDerivation
      renameCrossIndexFrom
      renameCrossIndexTo
      ;
    inherit (lib.derivations)
      addDrvOutputDependencies
      lazyDerivation
      optionalDrvAttr
      unsafeDiscardOutputDependency
      warnOnInstantiate
      ;
    inherit (lib.sources)
      canCleanSource
      cleanSource
      cleanSourceFilter
      cleanSourceWith
      commitIdFromGitRepo
      filterSource
      pathHasContext
      pathIsGitRepo
      repoRevToName
      revOrTag
      sourceByRegex
      sourceFilesBySuffices
      ;
    inherit (lib.stringsWithDeps)
      fullDepEntry
      noDepEntry
      packEntry
      stringAfter
      textClosureList
      textClosureMap
      ;
    inherit (lib.flakes) flakeRefToString parseFlakeRef;
    inherit (lib.network.ipv6) mkEUI64Suffix;
    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    fakeSha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    fakeSha512 = "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
  };

  # lib with a function `extend`, for those who add functions of their own.
  extensible =
    make:
    let
      lib = make lib // {
        extend =
          overlay:
          extensible (
            final:
            let
              prev = make final;
            in
            prev // overlay final prev
          );
      };
    in
    lib;
in
extensible names
