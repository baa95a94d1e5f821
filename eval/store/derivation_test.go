package store

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nix-community/go-nix/pkg/derivation"
)

func sample(name string) *Derivation {
	d := &Derivation{
		Name: name, System: "x86_64-linux", Builder: "/bin/sh", Arguments: []string{"-c", "echo hi > $out"},
		Sources: []string{"/nix/store/" + strings.Repeat("1", 32) + "-src", "/nix/store/" + strings.Repeat("0", 32) + "-src"},
	}
	for _, v := range [][2]string{{"text", "a\n\"b\"\\\t\r"}, {"system", d.System}, {"builder", d.Builder}, {"name", name}, {"out", ""}, {"dev", ""}} {
		d.Env.Set(v[0], v[1])
	}
	d.Outputs.Set("out", Output{})
	d.Outputs.Set("dev", Output{})
	return d
}

func TestReadDerivationErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                  `at byte 0: "Derive(" is missing`,
		`Derive([`:          `at byte 8: "(" is missing`,
		`Derive([("out","a`: `at byte 17: a string has no end`,
		`Derive([("out","","r:rot","")],[],[],"","",[],[])`: `at byte 29: output out: unknown hash algorithm 'rot', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'`,
		`Derive([("out","","","x")],[],[],"","",[],[])`:     `at byte 25: output out: a hash has no algorithm`,
		`Derive([],[],[],"","",[],[])x`:                     `at byte 28: something follows`,
		`DrvWithVersion("7",`:                               `at byte 18: version "7" is not known`,
	} {
		_, err := ReadDerivation(text, "d")
		if want := "reading the derivation 'd': " + want; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestDynamicInputs(t *testing.T) {
	t.Parallel()
	drv := "/nix/store/" + strings.Repeat("2", 32) + "-in.drv"
	d := sample("dynamic")
	d.AddDynamicInput(drv, []string{"out", "more"}, "lib")
	d.AddInput(drv, "dev")
	text := string(d.aterm(d.Inputs, false))
	if want := `[("` + drv + `",(["dev"],[("out",([],[("more",["lib"])]))]))]`; !strings.Contains(text, want) || !strings.HasPrefix(text, `DrvWithVersion("xp-dyn-drv",`) {
		t.Errorf("got %s, want %s in it", text, want)
	}
	again, err := ReadDerivation(text, "dynamic")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(again.aterm(again.Inputs, false)); got != text {
		t.Errorf("read and written as %s, want %s", got, text)
	}
}

func nothing(string) (Modulo, error) { return Modulo{}, nil }

// TestOutputPathsAgree compares with go-nix where it gets everything right.
func TestOutputPathsAgree(t *testing.T) {
	t.Parallel()
	d := sample("agree")
	if err := d.FillIn(DefaultDir, nothing); err != nil {
		t.Fatal(err)
	}
	text, _, drvPath, err := d.Write(DefaultDir)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := derivation.ReadDerivation(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	paths, err := theirs.CalculateOutputPaths(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range d.Outputs {
		if v, _ := d.Env.Get(o.Name); o.Value.Path != paths[o.Name] || v != o.Value.Path {
			t.Errorf("%s: got %s and %s, want %s", o.Name, o.Value.Path, v, paths[o.Name])
		}
	}
	if p, err := theirs.DrvPath(); err != nil || p != drvPath {
		t.Errorf("got %s, want %s, %v", drvPath, p, err)
	}
}

func TestReadDerivation(t *testing.T) {
	t.Parallel()
	drv := "/nix/store/" + strings.Repeat("2", 32) + "-in.drv"
	d := sample("read")
	d.AddInput(drv, "out")
	d.AddInput(drv, "dev")
	d.AddInput(drv, "out")
	find := func(string) (Modulo, error) { return Modulo{Outputs: []string{"dev", "out"}}, nil }
	if err := d.FillIn(DefaultDir, find); err != nil {
		t.Fatal(err)
	}
	text, refs, _, err := d.Write(DefaultDir)
	if err != nil {
		t.Fatal(err)
	}
	if want := append(slices.Sorted(slices.Values(d.Sources)), drv); !slices.Equal(refs, want) {
		t.Errorf("refers to %q, want %q", refs, want)
	}
	again, err := ReadDerivation(text, "read")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(d.Sources)
	in, _ := d.Inputs.Get(drv)
	slices.Sort(in.Outputs)
	if !reflect.DeepEqual(again, d) {
		t.Errorf("got %+v, want %+v", again, d)
	}
}

func TestMissingOutput(t *testing.T) {
	t.Parallel()
	d := sample("missing")
	d.AddInput("/nix/store/"+strings.Repeat("2", 32)+"-in.drv", "doc")
	err := d.FillIn(DefaultDir, func(string) (Modulo, error) { return Modulo{Outputs: []string{"out"}}, nil })
	if want := "no hash for output 'doc' of derivation 'missing'"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// FuzzReadDerivation checks that what is read is written as it was.
func FuzzReadDerivation(f *testing.F) {
	d := sample("fuzz")
	if err := d.FillIn(DefaultDir, nothing); err != nil {
		f.Fatal(err)
	}
	text, _, _, err := d.Write(DefaultDir)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ReadDerivation(text, "fuzz")
		if err != nil {
			return
		}
		first := d.aterm(d.Inputs, false)
		again, err := ReadDerivation(string(first), "fuzz")
		if err != nil {
			t.Fatalf("%q is written as %q, which is not read: %v", text, first, err)
		}
		if second := again.aterm(again.Inputs, false); !bytes.Equal(first, second) {
			t.Fatalf("%q is written as %q and then as %q", text, first, second)
		}
	})
}
