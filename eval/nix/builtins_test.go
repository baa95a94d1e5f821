package nix_test

import (
	"strings"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
)

// TestBuiltinsAreDocumented checks the table of builtins: each has documentation and a name for each argument.
func TestBuiltinsAreDocumented(t *testing.T) {
	t.Parallel()
	m := nix.New(nix.Options{Options: eval.Options{Features: []string{"flakes", "fetch-closure", "dynamic-derivations"}}})
	all := m.Registered()
	// There are 120 names with these features: 10 are constants, and derivation is written in Nix.
	if len(all) != 109 {
		t.Errorf("there are %d builtins", len(all))
	}
	for _, b := range all {
		if len(b.Args) != b.Arity() {
			t.Errorf("%s takes %d arguments and names %d", b.Name, b.Arity(), len(b.Args))
		}
		if doc := b.Doc; len(doc) < 20 || !strings.HasSuffix(doc, ".") || strings.HasPrefix(doc, " ") {
			t.Errorf("%s: the documentation is %q", b.Name, doc)
		}
		seen := map[string]bool{}
		for _, arg := range b.Args {
			if seen[arg] || arg == "" {
				t.Errorf("%s: the arguments are %q", b.Name, b.Args)
			}
			seen[arg] = true
		}
	}
}
