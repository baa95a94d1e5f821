package flake

import (
	"bufio"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"strings"
	"testing"
)

// cases reads a file of blocks: a line, and indented lines that belong to it.
func cases(t *testing.T, name string) (blocks [][]string) {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := lines.Text()
		switch rest, indented := strings.CutPrefix(line, "  "); {
		case line == "" || line[0] == '#':
		case indented && len(blocks) > 0:
			blocks[len(blocks)-1] = append(blocks[len(blocks)-1], rest)
		default:
			blocks = append(blocks, []string{line})
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return blocks
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	for _, c := range cases(t, "refs.txt") {
		ref, err := ParseRef(c[0], ParseOptions{})
		if err != nil {
			if got := "error: " + err.Error(); got != c[1] {
				t.Errorf("%s: got %s, want %s", c[0], got, c[1])
			}
			continue
		}
		if got := ref.Attrs().JSON(); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
			continue
		}
		got, err := ref.URL()
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c[2] {
			t.Errorf("%s: written as %s, want %s", c[0], got, c[2])
		}
	}
}

func TestRefFromAttrs(t *testing.T) {
	t.Parallel()
	for _, c := range cases(t, "attrs.txt") {
		var raw map[string]any
		if err := json.Unmarshal([]byte(c[0]), &raw); err != nil {
			t.Fatal(err)
		}
		a := Attrs{}
		for name, v := range raw {
			if n, ok := v.(float64); ok {
				v = uint64(n)
			}
			a[name] = v
		}
		before := a.Clone()
		got := ""
		ref, err := RefFromAttrs(a)
		if err == nil {
			got, err = ref.URL()
		}
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
		if !maps.Equal(a, before) {
			t.Errorf("%s: the attributes were changed to %s", c[0], a.JSON())
		}
	}
}

func TestParseRefRelative(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"./a": "path:/base/a", "../a": "path:/a", ".": "path:/base", "a/b/c/d/e f": "path:/base/a/b/c/d/e%20f",
		"path:./x": "path:/base/x", "path:/x": "path:/x", "git+file:r": "git+file:/base/r", "nixpkgs": "flake:nixpkgs",
	} {
		ref, err := ParseRef(text, ParseOptions{BaseDir: "/base"})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := ref.URL(); got != want {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestParseRefWarns(t *testing.T) {
	t.Parallel()
	var lines []string
	_, err := ParseRef("http://host/a?b&c=1", ParseOptions{Warn: func(line string) { lines = append(lines, line) }})
	if want := "warning: dubious URI query 'b' is missing equal sign '=', ignoring"; err != nil || len(lines) != 1 || lines[0] != want {
		t.Errorf("got %q, %v, want %q", lines, err, want)
	}
}

func TestFragment(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"nixpkgs#a": "a", "nixpkgs": "", "/x#b%20c": "b c", "github:a/b#x.y^z": "x.y^z"} {
		if _, got, err := ParseRefWithFragment(text, ParseOptions{}); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}

// FuzzParseRef checks that what is written is read as the same reference.
func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"nixpkgs/x", "github:a/b/c?dir=d", "git+https://h/p?ref=r&x=%20", "path:/a%2fb", "/a?b=c#d", "https://u:p@[::1]:1/x.tar?q=%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := ParseRef(text, ParseOptions{})
		if err != nil {
			return
		}
		url, err := ref.URL()
		if err != nil {
			return // a hash or revision in it is wrong
		}
		again, err := ParseRef(url, ParseOptions{RelativePaths: true})
		var bad *BadURLError
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("%q is written as %q, which is not read: %v", text, url, err)
		}
		if err == nil {
			if url2, err := again.URL(); err != nil || url2 != url {
				t.Fatalf("%q is written as %q and that as %q, %v", text, url, url2, err)
			}
		}
	})
}
