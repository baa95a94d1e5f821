package repo_test

// This file checks the direction of imports.

import (
	"slices"
	"strings"
	"testing"
)

// importRule says which of our packages the packages under from may import. Either allow lists the folders they may import
// (themselves included), or deny lists those they may not; except names exceptions to deny.
type importRule struct {
	from   []string // folders the rule is for
	not    []string // folders below from that have a rule of their own
	allow  []string
	deny   []string
	except []string
	reason string
}

var importRules = []importRule{
	{
		from: []string{"internal"}, allow: []string{},
		reason: "internal/ holds leaves: anything may import them because they import nothing",
	},
	{
		from: []string{"eval"}, allow: []string{"eval"},
		reason: "the language knows nothing of deployments, so that it can be tested, fuzzed and used alone",
	},
	{
		from: []string{"eval/syntax", "eval/store"}, allow: []string{"eval/syntax", "eval/store"},
		reason: "the parser and the store's formats are leaves; values are built on them",
	},
	{
		from: []string{"eval/resolve"}, allow: []string{"eval/syntax", "eval/resolve"},
		reason: "names are resolved on the tree alone, before there are values",
	},
	{
		from: []string{"providers"}, deny: []string{"eval", "engine", "repl", "script", "nix", "cmd"}, except: []string{"engine/addr"},
		reason: "a provider serves requests in JSON; it must not depend on who asks or in which language",
	},
	{
		from: []string{"providers/protocol"}, allow: []string{"providers/protocol"},
		reason: "the protocol is types only, so that it can be read as its specification",
	},
	{
		from: []string{"state"}, deny: []string{"eval", "engine", "repl", "script", "nix", "cmd"}, except: []string{"engine/addr"},
		reason: "state outlives every version of the engine; storage may not depend on it",
	},
	{
		from: []string{"engine"}, not: []string{"engine/nixconfig"}, deny: []string{"eval", "engine/nixconfig", "repl", "script", "nix", "cmd"},
		reason: "the engine plans over an abstract Config; only engine/nixconfig knows that it is written in Nix",
	},
	{
		from: []string{"engine/addr", "engine/graph"}, allow: []string{"engine/addr", "internal"},
		reason: "paths and the graph run are algorithms without a domain",
	},
	{
		from: []string{"engine/plan"}, allow: []string{"engine/plan", "engine/addr", "internal"},
		reason: "a plan is plain data that can be saved and read without an engine",
	},
	{
		from: []string{"engine/nixconfig"}, deny: []string{"repl", "script", "cmd"},
		reason: "the glue sits below its users",
	},
	{
		from: []string{"nix"}, allow: []string{"nix"},
		reason: "the Nix library is data with an embed directive",
	},
	{
		from: []string{"repl"}, deny: []string{"cmd"},
		reason: "the shell is told what it works with; its Starlark prompt is that of package script",
	},
	{
		from: []string{"script"}, deny: []string{"repl", "cmd"},
		reason: "scripts run without a shell",
	},
}

// concrete lists the packages that only the command may choose, with those that may import them all the same.
var concrete = []struct {
	pkg    string
	except []string
	reason string
}{
	{"providers/local", nil, "which providers exist is the command's decision"},
	{"state/file", []string{"providers/local"}, "backends are chosen by the command, or served by a provider as the resource state_file"},
	{"state/mem", []string{"providers/local"}, "backends are chosen by the command"},
	{"engine/nixconfig", []string{"repl", "script"}, "who writes the configuration is decided at the edge"},
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		for _, r := range importRules {
			for _, imp := range forbidden(r, p) {
				t.Errorf("%s imports %s: %s", p.Path, imp, r.reason)
			}
		}
		for _, c := range concrete {
			if slices.Contains(p.Imports, module+c.pkg) && !under(p.Path, append(c.except, "cmd", c.pkg)...) {
				t.Errorf("%s imports %s: %s", p.Path, c.pkg, c.reason)
			}
		}
	}
}

// forbidden returns the imports of p that break r.
func forbidden(r importRule, p goPackage) []string {
	if !under(p.Path, r.from...) || under(p.Path, r.not...) {
		return nil
	}
	var bad []string
	for _, imp := range p.Imports {
		path, ours := strings.CutPrefix(imp, module)
		if !ours {
			continue
		}
		switch {
		case r.allow != nil && !under(path, r.allow...),
			under(path, r.deny...) && !under(path, r.except...):
			bad = append(bad, path)
		}
	}
	return bad
}

// TestImportRules checks the checker: a rule that never finds anything would keep nothing.
func TestImportRules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to string
		want     bool // whether some rule objects
	}{
		{"eval/lib/toml", "eval", false},
		{"eval/lib/toml", "internal/spell", true},
		{"eval/syntax", "eval/resolve", true},
		{"eval", "engine/addr", true},
		{"evaluate", "engine", false},
		{"providers/local", "engine/addr", false},
		{"providers/local", "engine", true},
		{"providers", "eval/store", true},
		{"state/file", "engine/plan", true},
		{"engine", "eval", true},
		{"engine", "engine/nixconfig", true},
		{"engine/nixconfig", "eval/worker", false},
		{"engine/nixconfig", "nix", false},
		{"engine/graph", "engine", true},
		{"repl", "script", false},
		{"script", "repl", true},
		{"cmd/nixops4", "repl", false},
		{"internal/spell", "internal/spell", true},
	} {
		got := false
		for _, r := range importRules {
			got = got || len(forbidden(r, goPackage{Path: tt.from, Imports: []string{"fmt", module + tt.to}})) > 0
		}
		if got != tt.want {
			t.Errorf("%s importing %s: objected %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
}
