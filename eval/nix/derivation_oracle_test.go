package nix_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
)

// TestDerivationsAgree makes derivations at random and compares the paths with those of the real Nix in the folder that
// NIXOPS4_NIX names.
func TestDerivationsAgree(t *testing.T) {
	t.Parallel()
	bin := nixBin(t)
	if bin == "" {
		t.Skip("NIXOPS4_NIX is not set")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plain": "text\n", "a file": "", "..data": "dots", "deep/er/x": "1"} {
		file := filepath.Join(dir, "tree", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for seed := range uint64(40) {
		g := &derivationMaker{Rand: rand.New(rand.NewPCG(seed, 7)), dir: dir}
		expr := g.program(50)
		cmd := exec.Command(filepath.Join(bin, "nix-instantiate"), "--eval", "--strict", "--read-write-mode", "--store", filepath.Join(dir, "store"),
			"--extra-experimental-features", "ca-derivations", "-")
		cmd.Stdin = strings.NewReader(expr)
		cmd.Env = append(os.Environ(), "NIX_PATH=", "HOME="+dir)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("seed %d: %v\n%s\n%s", seed, err, stderr.String(), expr)
		}
		want := strings.TrimSpace(string(out))
		if got := paths(t, expr); got != want {
			w, g := strings.Fields(want), strings.Fields(got)
			for i := range w {
				if i >= len(g) || w[i] != g[i] {
					t.Fatalf("seed %d: word %d: got %s, want %s\n%s", seed, i, g[min(i, len(g)-1)], w[i], expr)
				}
			}
			t.Fatalf("seed %d: got %s, want %s", seed, got, want)
		}
	}
}

func paths(t *testing.T, expr string) string {
	t.Helper()
	m := nix.New(nix.Options{Options: eval.Options{Features: []string{"ca-derivations"}}})
	var out string
	err := m.Run(context.Background(), func() *eval.Error {
		v, err := m.EvalString(expr, "«stdin»", "/")
		if err == nil {
			err = m.ForceDeep(v)
		}
		if err == nil {
			out = m.Print(v, eval.PrintOptions{})
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s\n%s", eval.Render(err, eval.RenderOptions{}), expr)
	}
	return out
}

// A derivationMaker writes expressions.
type derivationMaker struct {
	*rand.Rand
	dir   string
	made  int        // derivations so far, d0, d1, …
	outs  [][]string // outputs of each
	fixed bool       // the one that is made now has a fixed output
}

func pick[T any](g *derivationMaker, from ...T) T { return from[g.IntN(len(from))] }

// program is a set of derivations that use each other, and the list of all their paths.
func (g *derivationMaker) program(n int) string {
	var b strings.Builder
	b.WriteString("let\n")
	for range n {
		d := g.derivation()
		fmt.Fprintf(&b, "  d%d = derivation %s;\n", g.made, d)
		g.made++
	}
	b.WriteString("  paths = d: [ d.drvPath (map (o: o.outPath) d.all) (builtins.attrNames (builtins.getContext \"${d}${d.drvPath}\")) ];\nin [\n")
	for i := range n {
		fmt.Fprintf(&b, "  (paths d%d)\n", i)
	}
	b.WriteString("]\n")
	return b.String()
}

func (g *derivationMaker) derivation() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{ name = \"%s\"; builder = %s; system = %q;", pick(g, "a", "pkg-1.0", "x_y+z?=", ".h", "lib.so"), g.text(), pick(g, "x86_64-linux", "builtin"))
	outs := []string{"out"}
	g.fixed = g.IntN(6) == 0
	switch {
	case g.fixed:
		algo := pick(g, "md5", "sha1", "sha256", "sha512")
		fmt.Fprintf(&b, ` outputHash = builtins.hashString %q %q; outputHashAlgo = %q;`, algo, fmt.Sprint(g.IntN(5)), algo)
		if g.IntN(2) == 0 {
			fmt.Fprintf(&b, ` outputHashMode = %q;`, pick(g, "flat", "recursive", "nar"))
		}
	case g.IntN(8) == 0:
		b.WriteString(" __contentAddressed = true;")
		if g.IntN(2) == 0 {
			fmt.Fprintf(&b, ` outputHashAlgo = %q; outputHashMode = %q;`, pick(g, "sha1", "sha256"), pick(g, "flat", "recursive"))
		}
	}
	if !g.fixed && g.IntN(3) == 0 {
		outs = pick(g, []string{"out", "dev"}, []string{"bin", "out", "man"}, []string{"lib"})
		fmt.Fprintf(&b, ` outputs = [ "%s" ];`, strings.Join(outs, `" "`))
	}
	if g.IntN(4) == 0 {
		b.WriteString(" __structuredAttrs = true;")
	}
	if g.IntN(5) == 0 {
		b.WriteString(" __ignoreNulls = true;")
	}
	if g.IntN(2) == 0 {
		fmt.Fprintf(&b, " args = %s;", g.list(3))
	}
	for i := range g.IntN(6) {
		fmt.Fprintf(&b, " %s%d = %s;", pick(g, "v", "A_", "passAs", "z-"), i, g.value(2))
	}
	g.outs = append(g.outs, outs)
	return b.String() + " }"
}

// text is a string, maybe with references.
func (g *derivationMaker) text() string {
	switch n := g.IntN(6); {
	case n == 0 && g.made > 0:
		return fmt.Sprintf(`"${%s}/bin/${%s}"`, g.reference(), g.reference())
	case n == 1 && g.made > 0:
		return fmt.Sprintf(`"x ${%s}"`, g.reference())
	case n == 2:
		return fmt.Sprintf(`"${builtins.toFile %q %q}"`, pick(g, "t", "u"), pick(g, "", "text", "ä"))
	}
	return pick(g, `"/bin/sh"`, `"a\nb\t\"c\"\\"`, `"ünïcode"`, `"\${x}"`)
}

// reference names a derivation that is there already, in one of the ways that give different contexts.
func (g *derivationMaker) reference() string {
	i := g.IntN(g.made)
	d := fmt.Sprintf("d%d", i)
	switch g.IntN(5) {
	case 0:
		return d + ".drvPath"
	case 1:
		return "builtins.unsafeDiscardOutputDependency " + d + ".drvPath"
	case 2:
		return d + "." + pick(g, g.outs[i]...)
	}
	return d
}

func (g *derivationMaker) value(depth int) string {
	switch n := g.IntN(9); {
	case n == 0 && depth > 0:
		return g.list(depth)
	case n == 1:
		return pick(g, "null", "true", "false")
	case n == 2:
		return pick(g, "0", "(-7)", "1.5", "9223372036854775807")
	case n == 3:
		return "(/. + " + fmt.Sprintf("%q", g.dir+"/tree"+pick(g, "", "/plain", "/deep")) + ")"
	case n == 4 && g.made > 0:
		return "(" + g.reference() + ")"
	}
	return g.text()
}

func (g *derivationMaker) list(depth int) string {
	elems := make([]string, g.IntN(4))
	for i := range elems {
		elems[i] = g.value(depth - 1)
	}
	return "[ " + strings.Join(elems, " ") + " ]"
}
