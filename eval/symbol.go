package eval

// This file defines symbols: attribute names as small numbers.

import "strings"

// A Sym stands for an attribute name within one evaluator.
type Sym uint32

type symbols struct {
	index map[string]Sym
	names []string
}

// firstNames have the first symbols, in the order they have in Nix. Attributes are compared and deeply evaluated in
// the order of their symbols, so it decides which of several errors comes first.
const firstNames = `outPath drvPath type meta name value system __overrides outputs outputName __ignoreNulls file line column
__functor __toString right wrong __structuredAttrs __json allowedReferences allowedRequisites
disallowedReferences disallowedRequisites maxSize maxClosureSize builder args __contentAddressed __impure
outputHash outputHashAlgo outputHashMode recurseForDerivations description self startSet operator key path
prefix outputSpecified __sub __lessThan __mul __div or __findFile __nixPath body builtins true false null
currentTime currentSystem nixVersion storeDir langVersion traceVerbose nixPath scopedImport import typeOf
isNull isFunction isInt isFloat isString isBool isPath genericClosure break abort throw addErrorContext ceil
floor tryEval getEnv seq deepSeq trace warn derivationStrict placeholder toPath storePath pathExists
baseNameOf dirOf readFile findFile hashFile readFileType readDir toXML toJSON fromJSON toFile filterSource
attrNames attrValues getAttr unsafeGetAttrPos hasAttr isAttrs removeAttrs listToAttrs intersectAttrs
catAttrs functionArgs mapAttrs zipAttrsWith isList elemAt head tail map filter elem concatLists length
foldl' any all genList sort partition groupBy concatMap add sub mul div bitAnd bitOr bitXor lessThan
toString substring stringLength hashString convertHash match split concatStringsSep replaceStrings
parseDrvName compareVersions splitVersion unsafeDiscardStringContext hasContext
unsafeDiscardOutputDependency addDrvOutputDependencies getContext appendContext fetchMercurial fetchTree
fetchurl fetchTarball fetchGit fromTOML getFlake parseFlakeRef flakeRefToString derivation drvAttrs out
strict commonAttrs outputsList x outputToAttrListElement`

// Sym returns the symbol of a name.
func (m *Evaluator) Sym(name string) Sym {
	if s, ok := m.symbols.index[name]; ok {
		return s
	}
	s := Sym(len(m.symbols.names))
	m.symbols.names = append(m.symbols.names, name)
	m.symbols.index[name] = s
	return s
}

func (m *Evaluator) internFirstNames() {
	for _, name := range strings.Fields(firstNames) {
		if name == "startSet" {
			m.Sym("")
		}
		m.Sym(name)
	}
}

// lookupSym finds the symbol of a name that may never have been seen.
func (m *Evaluator) lookupSym(name string) (Sym, bool) {
	s, ok := m.symbols.index[name]
	return s, ok
}

// Name is the name of a symbol.
func (m *Evaluator) Name(s Sym) string { return m.symbols.names[s] }
