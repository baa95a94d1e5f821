package nix_test

// This file generates the cases that give every argument of every builtin a value of every type.

import (
	"path/filepath"
	"strings"
	"testing"
)

// goodArguments are, for each builtin, arguments that it accepts.
var goodArguments = [][]string{
	{"abort", `"text"`},
	{"add", "1", "2"},
	{"addDrvOutputDependencies", `"text"`},
	{"addErrorContext", `"context"`, "1"},
	{"all", "x: x", "[ true ]"},
	{"any", "x: x", "[ true ]"},
	{"appendContext", `"text"`, "{ }"},
	{"attrNames", "{ a = 1; }"},
	{"attrValues", "{ a = 1; }"},
	{"baseNameOf", `"a/b"`},
	{"bitAnd", "1", "3"},
	{"bitOr", "1", "3"},
	{"bitXor", "1", "3"},
	{"break", "1"},
	{"catAttrs", `"a"`, "[ { a = 1; } ]"},
	{"ceil", "1.5"},
	{"compareVersions", `"1.2"`, `"1.10"`},
	{"concatLists", "[ [ 1 ] ]"},
	{"concatMap", "x: [ x ]", "[ 1 ]"},
	{"concatStringsSep", `","`, `[ "a" "b" ]`},
	{"convertHash", `{ hash = "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; toHashFormat = "base16"; hashAlgo = "sha256"; }`},
	{"deepSeq", "1", "2"},
	{"derivation", `{ name = "n"; system = "s"; builder = "b"; }`},
	{"derivationStrict", `{ name = "n"; system = "s"; builder = "b"; }`},
	{"dirOf", `"a/b"`},
	{"div", "4", "2"},
	{"elem", "1", "[ 1 ]"},
	{"elemAt", "[ 1 ]", "0"},
	{"filter", "x: true", "[ 1 ]"},
	{"filterSource", "p: t: true", "./files/folder"},
	{"findFile", "[ ]", `"x"`},
	{"floor", "1.5"},
	{"foldl'", "a: b: b", "0", "[ 1 ]"},
	{"fromJSON", `"[ 1 ]"`},
	{"fromTOML", `"a = 1"`},
	{"functionArgs", "{ a, b ? 1 }: a"},
	{"genList", "x: x", "2"},
	{"genericClosure", "{ startSet = [ ]; operator = x: [ ]; }"},
	{"getAttr", `"a"`, "{ a = 1; }"},
	{"getContext", `"text"`},
	{"getEnv", `"TEST_VAR"`},
	{"groupBy", `x: "a"`, "[ 1 ]"},
	{"hasAttr", `"a"`, "{ a = 1; }"},
	{"hasContext", `"text"`},
	{"hashFile", `"md5"`, "./files/empty"},
	{"hashString", `"md5"`, `"text"`},
	{"head", "[ 1 ]"},
	{"import", "./files/one.nix"},
	{"intersectAttrs", "{ a = 1; }", "{ a = 2; }"},
	{"isAttrs", "1"},
	{"isBool", "1"},
	{"isFloat", "1"},
	{"isFunction", "1"},
	{"isInt", "1"},
	{"isList", "1"},
	{"isNull", "1"},
	{"isPath", "1"},
	{"isString", "1"},
	{"length", "[ 1 ]"},
	{"lessThan", "1", "2"},
	{"listToAttrs", `[ { name = "a"; value = 1; } ]`},
	{"map", "x: x", "[ 1 ]"},
	{"mapAttrs", "n: v: v", "{ a = 1; }"},
	{"match", `"a"`, `"a"`},
	{"mul", "2", "3"},
	{"parseDrvName", `"a-1"`},
	{"partition", "x: true", "[ 1 ]"},
	{"path", "{ path = ./files/empty; }"},
	{"pathExists", "./files/folder"},
	{"placeholder", `"out"`},
	{"readDir", "./files/folder"},
	{"readFile", "./files/empty"},
	{"readFileType", "./files/folder"},
	{"removeAttrs", "{ a = 1; }", `[ "a" ]`},
	{"replaceStrings", `[ "a" ]`, `[ "b" ]`, `"abc"`},
	{"scopedImport", "{ }", "./files/one.nix"},
	{"seq", "1", "2"},
	{"sort", "a: b: a < b", "[ 2 1 ]"},
	{"split", `"b"`, `"abc"`},
	{"splitVersion", `"1.2"`},
	{"storePath", `"/nix/store/00000000000000000000000000000000-x"`},
	{"stringLength", `"abc"`},
	{"sub", "3", "1"},
	{"substring", "0", "1", `"abc"`},
	{"tail", "[ 1 ]"},
	{"throw", `"text"`},
	{"toFile", `"name"`, `"text"`},
	{"toJSON", "1"},
	{"toPath", `"/a"`},
	{"toString", "1"},
	{"toXML", "1"},
	{"trace", "1", "2"},
	{"traceVerbose", "1", "2"},
	{"tryEval", "1"},
	{"typeOf", "1"},
	{"unsafeDiscardOutputDependency", `"text"`},
	{"unsafeDiscardStringContext", `"text"`},
	{"unsafeGetAttrPos", `"a"`, "{ a = 1; }"},
	{"warn", `"text"`, "1"},
	{"zipAttrsWith", "n: vs: vs", "[ { a = 1; } ]"},
}

// everyType has one value of every type, some that convert to others, and a failure.
var everyType = []string{
	"0", "1.5", `"s"`, "true", "null", "/p", "[ ]", "[ 1 ]", "{ }", "{ a = 1; }", "x: x", `throw "thrown"`,
	`{ outPath = "/o"; }`, `{ __toString = self: "t"; }`, "{ __functor = self: x: x; }", "builtins.add",
}

// TestGenerateArguments writes cases/arguments-*.txt anew, to be recorded by TestCases. It runs only when
// goldens are to be made from the real Nix.
func TestGenerateArguments(t *testing.T) {
	bin := nixBin(t)
	if !update || bin == "" {
		t.Skip("not asked to record goldens")
	}
	dir, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string][]*langCase{}
	for _, good := range goodArguments {
		initial := good[0][:1]
		name := "arguments-" + map[bool]string{true: "a-f", false: map[bool]string{true: "g-p", false: "r-z"}[initial <= "p"]}[initial <= "f"]
		groups[name] = append(groups[name], argumentCases(good[0], good[1:])...)
	}
	for name, cases := range groups {
		recordCases(t, cases, dir, bin)
		if err := writeCases(filepath.Join(dir, "cases", name+".txt"), cases); err != nil {
			t.Fatal(err)
		}
	}
}

func argumentCases(name string, good []string) []*langCase {
	var cases []*langCase
	add := func(args []string) {
		source := "builtins." + name
		for _, a := range args {
			if strings.ContainsAny(a, " :.") && !strings.HasPrefix(a, "[") && !strings.HasPrefix(a, "{") || strings.Contains(a, ":") {
				a = "(" + a + ")"
			}
			source += " " + a
		}
		cases = append(cases, &langCase{source: source})
	}
	add(good)
	for i := range good {
		for _, v := range everyType {
			args := append([]string(nil), good...)
			args[i] = v
			add(args)
		}
	}
	return cases
}
