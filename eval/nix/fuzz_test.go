package nix_test

// This file fuzzes the evaluator: whatever the text is, there is a value or an error, within bounds.

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nixops4/eval"
	"nixops4/eval/nix"
)

// emptyMachine has no files.
type emptyMachine struct{ nix.OS }

func missing(op, path string) error { return &fs.PathError{Op: op, Path: path, Err: fs.ErrNotExist} }

func (emptyMachine) ReadFile(path string) ([]byte, error)         { return nil, missing("open", path) }
func (emptyMachine) ReadDir(path string) ([]eval.DirEntry, error) { return nil, missing("open", path) }
func (emptyMachine) Lstat(path string) (eval.FileType, error)     { return "", missing("lstat", path) }
func (emptyMachine) Executable(path string) (bool, error)         { return false, missing("stat", path) }
func (emptyMachine) ReadLink(path string) (string, error)         { return "", missing("readlink", path) }
func (emptyMachine) Getenv(string) string                         { return "" }
func (emptyMachine) Now() time.Time                               { return time.Unix(0, 0) }
func (emptyMachine) System() string                               { return "x86_64-linux" }

func FuzzEval(f *testing.F) {
	files, err := filepath.Glob("../testdata/cases/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		cases, err := readCases(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range cases {
			f.Add(c.source)
		}
	}
	sources, err := filepath.Glob("../testdata/lang/*.nix")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range sources {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, source string) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		m := nix.New(nix.Options{Options: eval.Options{
			IO: emptyMachine{}, MaxSteps: 100_000, MaxMemory: 1 << 30, MaxCallDepth: 1000, Pure: true, Features: []string{"pipe-operators", "parse-toml-timestamps"},
		}})
		start := time.Now()
		err := m.Run(ctx, func() *eval.Error {
			v, err := m.EvalString(source, "«string»", "/base")
			if err != nil {
				return err
			}
			m.Print(v, eval.PrintOptions{Ambiguous: true})
			m.Print(v, eval.PrintOptions{Indent: 2, Depth: 3, Derivations: true})
			if err := m.ForceDeep(v); err != nil {
				return err
			}
			if _, _, err := m.ToXML(v, eval.XMLOptions{Strict: true}); err != nil {
				return err
			}
			_, _, err = m.ToJSON(v)
			return err
		})
		if err != nil {
			eval.Render(err, eval.RenderOptions{ShowTrace: true, Color: true})
			eval.Render(err, eval.RenderOptions{})
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
