package syntax

// This file compares the parser with a real Nix over folders of Nix files.

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const nixInstantiate = "/opt/nix-reference/bin/nix-instantiate"

// TestOracle parses every .nix file below the folders in NIXOPS4_NIX_FILES (separated by colons) and
// compares what is printed with what nix-instantiate prints.
func TestOracle(t *testing.T) {
	folders := os.Getenv("NIXOPS4_NIX_FILES")
	if folders == "" {
		t.Skip("NIXOPS4_NIX_FILES is not set")
	}
	if _, err := os.Stat(nixInstantiate); err != nil {
		t.Skip(err)
	}
	for _, folder := range filepath.SplitList(folders) {
		filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".nix") {
				compareFile(t, path)
			}
			return nil
		})
	}
}

func compareFile(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, stderr := runNix(t, "", "", path)
	var files Files
	src, err := files.Add(path, true, string(text))
	if err != nil {
		t.Fatal(err)
	}
	home, _ := os.UserHomeDir()
	e, err := Parse(src, Options{BasePath: filepath.Dir(path), Home: home})
	switch {
	case err != nil:
		if got := err.(*Error).Render(); got != strings.TrimSpace(stderr) {
			t.Errorf("%s:\ngot  %s\nwant %s", path, got, stderr)
		}
	case strings.Contains(stderr, "error: undefined variable"):
	case String(e) != strings.TrimSuffix(want, "\n"):
		t.Errorf("%s:\ngot  %s\nwant %s", path, String(e), want+stderr)
	}
}

// runNix returns what nix-instantiate --parse prints about a text, or about files.
func runNix(t *testing.T, dir, text string, files ...string) (stdout, stderr string) {
	t.Helper()
	if len(files) == 0 {
		files = []string{"-"}
	}
	cmd := exec.Command(nixInstantiate, append([]string{"--parse"}, files...)...)
	cmd.Stdin, cmd.Dir = strings.NewReader(text), dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return out.String(), errs.String()
}

// TestOracleRandom makes as many random texts as NIXOPS4_NIX_RANDOM says and compares the tree or the
// error with those of nix-instantiate. The texts know only names that are always defined, but for those
// that are made of the smaller files below NIXOPS4_NIX_FILES.
func TestOracleRandom(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("NIXOPS4_NIX_RANDOM"))
	if err != nil {
		t.Skip("NIXOPS4_NIX_RANDOM is not set")
	}
	seed, _ := strconv.ParseUint(os.Getenv("NIXOPS4_NIX_SEED"), 10, 64)
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("NIXOPS4_NIX_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	base := t.TempDir()
	templates := append(smallFiles(os.Getenv("NIXOPS4_NIX_FILES")), randomTemplates...)
	for range n {
		compareText(t, base, randomText(r, templates))
	}
}

// smallFiles returns the texts of the shorter .nix files below folders.
func smallFiles(folders string) (texts []string) {
	for _, folder := range filepath.SplitList(folders) {
		filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".nix") {
				if text, err := os.ReadFile(path); err == nil && len(text) < 3000 {
					texts = append(texts, string(text))
				}
			}
			return nil
		})
	}
	return texts
}

func compareText(t *testing.T, base, text string) {
	t.Helper()
	stdout, stderr := runNix(t, base, text)
	want := strings.TrimSpace(stderr + strings.TrimSuffix(stdout, "\n"))
	undefined := strings.Index(want, "error: undefined variable")
	if undefined >= 0 {
		want = strings.TrimSpace(want[:undefined])
	}
	var files Files
	src, err := files.Add("«stdin»", false, text)
	if err != nil {
		t.Fatal(err)
	}
	home, _ := os.UserHomeDir()
	var got strings.Builder
	warn := func(w Warning) { got.WriteString("warning: " + w.Msg + "\n") }
	e, err := Parse(src, Options{BasePath: base, Home: home, Warn: warn})
	if err != nil {
		got.WriteString(err.(*Error).Render())
	} else if undefined < 0 {
		got.WriteString(String(e))
	}
	if output := strings.TrimSpace(got.String()); output != want && expanded(output) != expanded(want) {
		t.Errorf("%q:\ngot  %s\nwant %s", text, output, want)
	}
}

// expanded makes blanks equal, as Nix expands tabs when it writes messages, counting from their start.
func expanded(text string) string {
	if !strings.Contains(text, "error: ") {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' }), " ")
}

var randomTokens = strings.Fields(`null true map x or or __curPos 1 2.5 .5 0.1 07 1. ./a ~/b /c/d ./. a/b <nix/fetchurl.nix>
	http://a.b/c a:b if then else assert with let let in rec inherit inherit == != <= >= < > // ++ + - * / && || ->
	! ? ? : : @ ; ; ; . . . ( ) ( ) { } { } { } [ ] [ ] = = = , , ... ${ ${ } " " '' '' ./a/${ /${ $ ' \\ % é & |
	#c /*c*/ /* ~/${ a'b 'a $$ ''$ ''' ''\n | 9223372036854775808 1.0e-400 1e5 1.5e+3/x -a/b 1/2 .../a`)

var randomTemplates = []string{
	`let a = 1; inherit (null) b c; in { inherit a; d.e = map; }`,
	`{ a, b ? 1, ... }@args: if a then b else [ args (b) ]`,
	`rec { a.b.c = 1; a.b.d = 2; "x" = a or 3; ${null} = 4; }`,
	`x: y@{ z ? x }: with x; assert z; x.y.z or (y ? a."b" && !z)`,
	"\"a${map}b\\\n$${c\" + ''\n  a\n    b ${null} ''${ c\n  ''",
	`1 + 2 * 3 - -4 / 5 < 6 == true || false -> null // { } ++ [ ]`,
	`let { body = a; a = b: c: { }; }`,
	`map (x: x) [ ./a/${true}/b ~/c <nix> http://a.b ] or null`,
	`{ a = { b = 1; }; a.c = 2; a = rec { d = 3; inherit (a) e; }; }`,
	`{ inherit (builtins) "a" b ${"c"}; inherit or; "${null}".x = 1; }`,
	`if !null ? a then {a}: a else {}: ({ a, }: a)`,
}

// randomText returns random tokens, or a text that was right before some of its pieces were changed.
func randomText(r *rand.Rand, templates []string) string {
	token := func() string { return randomTokens[r.IntN(len(randomTokens))] }
	var pieces []string
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(12) {
			pieces = append(pieces, token())
		}
	} else {
		template := templates[r.IntN(len(templates))]
		if template == "" {
			return template
		}
		pieces = splitPieces(template)
		for range r.IntN(4) {
			i := r.IntN(len(pieces))
			switch r.IntN(5) {
			case 0:
				pieces[i] = token()
			case 1:
				pieces[i] = ""
			case 2:
				pieces[i] += " " + token()
			case 3:
				j := r.IntN(len(pieces))
				pieces[i], pieces[j] = pieces[j], pieces[i]
			case 4:
				pieces = pieces[:i+1]
			}
		}
	}
	separator := ""
	if r.IntN(4) > 0 && len(pieces) < 100 {
		separator = " "
	}
	text := strings.Join(pieces, separator)
	if text != "" && r.IntN(3) == 0 {
		const bytes = "\r\n\t ${}'\"\\/.~<:1x"
		i, c := r.IntN(len(text)), bytes[r.IntN(len(bytes))]
		text = text[:i] + string(rune(c)) + text[i+r.IntN(2):]
	}
	if r.IntN(8) == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

// splitPieces cuts a text at the borders of words and blanks.
func splitPieces(text string) []string {
	var pieces []string
	start := 0
	for i := 1; i <= len(text); i++ {
		if i == len(text) || class[text[i]]&cID == 0 || class[text[i-1]]&cID == 0 {
			pieces = append(pieces, text[start:i])
			start = i
		}
	}
	return pieces
}
