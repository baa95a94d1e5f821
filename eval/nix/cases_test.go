package nix_test

// This file runs the cases in eval/testdata/cases: many small expressions a file, each with what Nix makes of it.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A langCase is one chunk of a file of cases. Chunks are separated by lines of "---":
//
//	builtins.head [ ]
//	=> error: 'builtins.head' called on an empty list
//
// The expression is evaluated strictly, as by nix-instantiate --eval --strict, in the folder eval/testdata; what
// follows "=>" is what that writes to standard error and to standard output. Of an error only the message is
// there. The folder's path is written as /pwd. A first line changes how the expression is run; for Nix it is a
// comment:
//
//	#lazy        without --strict
//	#json, #xml  the result as JSON or XML
//	#trace       the whole error, with --show-trace
//	#brief       the whole error, without --show-trace
//	#features X  with an experimental feature
//	#args X Y    with arguments, and without --strict
//	#parse       the tree
//
// Where we differ from Nix on purpose, our result follows after "=~".
type langCase struct {
	file   string
	line   int
	source string
	want   string // what Nix gives
	ours   string // what we give when that differs, see docs/language.md
}

// Lines that start with these begin the two results.
const (
	nixArrow  = "=> "
	oursArrow = "=~ "
)

func readCases(file string) ([]*langCase, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var cases []*langCase
	c := &langCase{file: filepath.Base(file), line: 1}
	part := &c.source
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSuffix(line, "\n")
		if line == "---" {
			cases = append(cases, c)
			c = &langCase{file: filepath.Base(file), line: n + 1}
			part = &c.source
			continue
		}
		if rest, ok := strings.CutPrefix(line, nixArrow); ok && part == &c.source {
			part, line = &c.want, rest
		} else if rest, ok := strings.CutPrefix(line, oursArrow); ok && part == &c.want {
			part, line = &c.ours, rest
		}
		if *part != "" {
			line = "\n" + line
		}
		*part += line
	}
	return append(cases, c), nil
}

func writeCases(file string, cases []*langCase) error {
	var b strings.Builder
	for i, c := range cases {
		if i > 0 {
			b.WriteString("---\n")
		}
		fmt.Fprintf(&b, "%s\n%s%s\n", c.source, nixArrow, c.want)
		if c.ours != "" {
			fmt.Fprintf(&b, "%s%s\n", oursArrow, c.ours)
		}
	}
	return os.WriteFile(file, []byte(b.String()), 0o666)
}

// run evaluates a case with our evaluator, or with the real Nix in the folder bin.
func (c *langCase) run(t testing.TB, dir, bin string) string {
	in := instantiation{dir: dir, env: map[string]string{"HOME": "/homeless-shelter", "NIX_REMOTE": "dummy://", "TEST_VAR": "foo"}}
	first, _, _ := strings.Cut(c.source, "\n")
	directive, arg, _ := strings.Cut(first, " ")
	whole := directive == "#trace" || directive == "#brief"
	switch directive {
	case "#json", "#xml":
		in.args = []string{"--eval", "--strict", "--" + directive[1:]}
	case "#lazy":
		in.args = []string{"--eval"}
	case "#trace":
		in.args = []string{"--eval", "--strict", "--show-trace"}
	case "#args":
		in.args = append([]string{"--eval"}, strings.Fields(arg)...)
	case "#features":
		in.args = []string{"--eval", "--strict", "--extra-experimental-features", arg}
	case "#parse":
		in.args = []string{"--parse"}
	default:
		in.args = []string{"--eval", "--strict"}
	}
	source := c.source
	if source[0] == '-' {
		source = " " + source // it must not look like a flag
	}
	in.args = append(in.args, "-E", source)
	var o outcome
	if bin == "" {
		o = in.run()
	} else {
		in.env["XDG_CACHE_HOME"] = t.TempDir() // so that it leaves nothing in HOME, which builds want not to exist
		o = in.runReal(t, bin, "")
	}
	if o.code != 0 && !whole {
		o.stderr = messageOnly(o.stderr)
	}
	out := strings.ReplaceAll(o.stderr+o.stdout, dir, "/pwd")
	return strings.TrimRight(out, "\n")
}

// messageOnly leaves of an error the lines logged before it and its message.
func messageOnly(stderr string) string {
	var log []string
	lines := strings.Split(stderr, "\n")
	for len(lines) > 0 && !strings.HasPrefix(lines[0], "error:") {
		log = append(log, lines[0])
		lines = lines[1:]
	}
	text := finalMessage(strings.Join(lines, "\n"))
	for i, l := range strings.Split(text, "\n") {
		if i > 0 {
			l = strings.TrimPrefix(l, "       ")
		}
		log = append(log, l)
	}
	return strings.Join(log, "\n") + "\n"
}

func TestCases(t *testing.T) {
	dir, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	bin := nixBin(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			cases, err := readCases(file)
			if err != nil {
				t.Fatal(err)
			}
			if bin != "" {
				recordCases(t, cases, dir, bin)
			} else {
				checkCases(t, cases, dir)
			}
			if update {
				if err := writeCases(file, cases); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// checkCases compares with what is written. NIXOPS4_UPDATE=differences writes down where we differ.
func checkCases(t *testing.T, cases []*langCase, dir string) {
	for _, c := range cases {
		got, want := c.run(t, dir, ""), c.want
		if c.ours != "" {
			want = c.ours
		}
		switch {
		case got == want:
		case os.Getenv("NIXOPS4_UPDATE") == "differences":
			if c.ours = got; got == c.want {
				c.ours = ""
			}
		default:
			t.Errorf("%s:%d: %s\ngot  %s\nwant %s", c.file, c.line, c.source, got, want)
		}
	}
}

// recordCases compares what is written in a file with the real Nix, and takes it over when updating.
func recordCases(t *testing.T, cases []*langCase, dir, bin string) {
	work := make(chan *langCase)
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			for c := range work {
				got := c.run(t, dir, bin)
				if got != c.want && !update {
					t.Errorf("%s:%d: %s\nNix gives %s\nwritten   %s", c.file, c.line, c.source, got, c.want)
				}
				c.want = got
			}
		})
	}
	for _, c := range cases {
		work <- c
	}
	close(work)
	wait.Wait()
}
