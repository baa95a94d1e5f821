package repo_test

// This file checks every source file: its comments, its size, and that it does not end the process.

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// maxLines is where a file has to be split.
const maxLines = 1200

func TestPackageDocs(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		if len(p.GoFiles) == 0 {
			continue
		}
		var documented []string
		for _, name := range p.GoFiles {
			f := parse(t, filepath.Join(p.Dir, name), parser.ImportsOnly)
			if f.Doc != nil {
				documented = append(documented, name)
				checkDocStart(t, p, name, f)
			} else if !saysWhatItIs(f) {
				t.Errorf("%s/%s: no comment \"This file …\" below the package clause", p.Path, name)
			}
		}
		if len(documented) != 1 {
			t.Errorf("%s: %d package comments %q, want exactly one", p.Path, len(documented), documented)
		}
	}
}

func checkDocStart(t *testing.T, p goPackage, name string, f *ast.File) {
	want := "Package " + f.Name.Name + " "
	if f.Name.Name == "main" {
		want = "Command " + filepath.Base(p.Path) + " "
	}
	if got := f.Doc.Text(); !strings.HasPrefix(got, want) {
		first, _, _ := strings.Cut(got, "\n")
		t.Errorf("%s/%s: the package comment starts %q, want %q", p.Path, name, first, want+"…")
	}
}

// saysWhatItIs reports whether the first comment below the package clause starts with "This file".
func saysWhatItIs(f *ast.File) bool {
	for _, c := range f.Comments {
		if c.Pos() > f.Name.End() {
			return strings.HasPrefix(c.Text(), "This file ")
		}
	}
	return false
}

func TestFileSize(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		for _, name := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), "\n"); n > maxLines {
				t.Errorf("%s/%s has %d lines, more than %d: split it by topic", p.Path, name, n, maxLines)
			}
		}
	}
}

// onlyCommands lists what only packages under cmd/ may name, with the reason.
var onlyCommands = map[string]string{
	"os.Exit":        "deferred clean-up would not run; return an error",
	"os.Args":        "arguments are the command's input; take them as parameters",
	"log.Fatal":      "it ends the process; return an error",
	"log.Fatalf":     "it ends the process; return an error",
	"log.Fatalln":    "it ends the process; return an error",
	"flag.Parse":     "it reads os.Args",
	"signal.Notify":  "signals are handled once, by the command; take a context",
	"syscall.Exit":   "it ends the process; return an error",
	"runtime.Goexit": "it ends the goroutine behind the caller's back; return",
}

func TestOnlyCommandsEndTheProcess(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		if under(p.Path, "cmd") {
			continue
		}
		for _, name := range p.GoFiles {
			f := parse(t, filepath.Join(p.Dir, name), 0)
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok {
					if reason, bad := onlyCommands[x.Name+"."+sel.Sel.Name]; bad {
						t.Errorf("%s/%s names %s.%s: %s", p.Path, name, x.Name, sel.Sel.Name, reason)
					}
				}
				return true
			})
		}
	}
}

func parse(t *testing.T, path string, mode parser.Mode) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, mode|parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
