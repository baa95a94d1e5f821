package nix_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"nixops4/eval"
	"nixops4/eval/nix"
)

// A fakeStore builds by writing what the variable "makes" of a derivation says.
type fakeStore struct {
	t       *testing.T
	files   fstest.MapFS // below /nix/store
	put     []string     // names of the objects that were put in, in order
	texts   map[string]string
	refuses bool
}

func (s *fakeStore) Dir() string { return "/nix/store" }

func (s *fakeStore) References(path string) ([]string, error) {
	if _, err := s.files.Stat(strings.TrimPrefix(path, "/nix/store/")); err != nil {
		return nil, err
	}
	return nil, nil
}

func (s *fakeStore) Realise(objects []eval.StoreObject, outputs []eval.DerivationOutput) (map[eval.DerivationOutput]string, error) {
	if s.refuses {
		return nil, fmt.Errorf("builder for '%s' failed with exit code 1", outputs[0].Derivation)
	}
	for _, o := range objects {
		for _, r := range o.References {
			if s.texts[r] == "" {
				s.t.Errorf("%s comes before %s, which it refers to", o.Path, r)
			}
		}
		var b bytes.Buffer
		if err := o.Write(&b); err != nil {
			return nil, err
		}
		if o.Text != (strings.HasSuffix(o.Path, ".drv") || strings.HasSuffix(o.Path, ".txt")) {
			s.t.Errorf("%s is taken for a text: %v", o.Path, o.Text)
		}
		s.texts[o.Path] = b.String()
		s.put = append(s.put, o.Path[len("/nix/store/")+33:])
	}
	built := map[eval.DerivationOutput]string{}
	for _, o := range outputs {
		drv := s.texts[o.Derivation]
		_, makes, ok := strings.Cut(drv, `("makes","`)
		if !ok {
			return nil, fmt.Errorf("'%s' makes nothing", o)
		}
		makes, _, _ = strings.Cut(makes, `")`)
		path := "/nix/store/" + strings.Repeat("b", 32) + "-built-" + o.Output
		if _, after, ok := strings.Cut(drv, `("`+o.Output+`","/nix/store/`); ok {
			name, _, _ := strings.Cut(after, `"`)
			path = "/nix/store/" + name
		}
		s.files[strings.TrimPrefix(path, "/nix/store/")] = &fstest.MapFile{Data: []byte(makes)}
		built[o] = path
	}
	return built, nil
}

func newFakeStore(t *testing.T) (*fakeStore, nix.Options) {
	s := &fakeStore{t: t, files: fstest.MapFS{}, texts: map[string]string{}}
	var opts nix.Options
	opts.Store = s
	opts.IO = nix.Mount(nix.OS{}, "/nix/store", s.files)
	opts.Features = []string{"ca-derivations"}
	return s, opts
}

const drv = `let drv = more: derivation ({ name = "d"; builder = "b"; system = "s"; makes = "1 + 1"; } // more); in `

func TestImportFromDerivation(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		`import (drv { })`:              "2",
		`builtins.readFile (drv { })`:   `"1 + 1"`,
		`builtins.pathExists (drv { })`: "true",
		`import "${drv { }}"`:           "2",
		`builtins.hashFile "md5" (drv { }) == builtins.hashString "md5" "1 + 1"`:                                                    "true",
		`import (drv { __contentAddressed = true; })`:                                                                               "2",
		`import (drv { }).drvPath == import (drv { }).drvPath`:                                                                      "true",
		`(import (drv { }).drvPath).outPath == (drv { }).outPath`:                                                                   "true",
		`builtins.findFile [ { prefix = "x"; path = drv { }; } ] "x" == /. + builtins.unsafeDiscardStringContext (drv { }).outPath`: "true",
	} {
		_, opts := newFakeStore(t)
		if got := evaluate(t, opts, drv+expr); got != want {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
	}
}

func TestRealiseOrder(t *testing.T) {
	t.Parallel()
	s, opts := newFakeStore(t)
	expr := drv + `
		let text = builtins.toFile "t.txt" "x"; a = drv { name = "a"; inherit text; }; b = drv { name = "b"; dep = a; file = "${<tree/f>}"; };
		in builtins.readFile b`
	opts.Library = nil
	opts.IO = nix.Mount(opts.IO, "/<tree>", fstest.MapFS{"f": {Data: []byte("content of f")}})
	opts.Embedded = []eval.SearchEntry{{Prefix: "tree", Path: "/<tree>"}}
	if got, want := evaluate(t, opts, expr), `"1 + 1"`; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	sorted := slices.Sorted(slices.Values(s.put))
	if want := []string{"a.drv", "b.drv", "f", "t.txt"}; !slices.Equal(sorted, want) {
		t.Errorf("put %q into the store, want %q", sorted, want)
	}
	if last := s.put[len(s.put)-1]; last != "b.drv" {
		t.Errorf("put %q into the store, want b.drv at the end", s.put)
	}
}

func TestRealiseErrors(t *testing.T) {
	t.Parallel()
	s, opts := newFakeStore(t)
	s.refuses = true
	got := evaluate(t, opts, drv+`import (drv { })`)
	if !strings.HasPrefix(got, "error: builder for '/nix/store/") || !strings.HasSuffix(got, "-d.drv' failed with exit code 1") {
		t.Errorf("got %s, want the error of the store", got)
	}
	opts.Store = nil
	got = evaluate(t, opts, drv+`import (drv { })`)
	if !strings.HasPrefix(got, "error: cannot build '/nix/store/") || !strings.HasSuffix(got, "-d.drv^out' because there is no Nix store; install Nix") {
		t.Errorf("got %s, want that there is no store", got)
	}
	if got, want := evaluate(t, opts, drv+`builtins.pathExists (drv { }).drvPath`), "true"; got != want {
		t.Errorf("got %s, want %s: a derivation can be read without a store", got, want)
	}
}
