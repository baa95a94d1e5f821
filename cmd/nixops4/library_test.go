package main

// This file runs the tests of the Nix library in nix/tests with the built-in language; package nix runs them with Nix.

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
	nixlib "nixops4/nix"
)

func TestLibrary(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../nix/tests/*.nix")
	if err != nil || len(files) == 0 {
		t.Fatalf("finding test files: %v, %d found", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".nix"), func(t *testing.T) {
			t.Parallel()
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			m := nix.New(nix.Options{Library: nixlib.Files, Options: eval.Options{Log: func(string) {}}})
			for name, c := range libraryCases(t, m, path) {
				c.run(t, m, name)
			}
		})
	}
}

// libraryCase is { expr; expected; } or { expr; error; }.
type libraryCase struct{ expr, expected, error eval.Value }

func libraryCases(t *testing.T, m *eval.Evaluator, path string) map[string]libraryCase {
	t.Helper()
	cases := map[string]libraryCase{}
	err := m.Run(context.Background(), func() *eval.Error {
		v, err := m.EvalFile(path)
		if err != nil {
			return err
		}
		set, err := m.ForceAttrs(v, "while evaluating the tests")
		if err != nil {
			return err
		}
		for _, attr := range m.Sorted(set) {
			fields, err := m.ForceAttrs(*attr.Slot, "while evaluating a test")
			if err != nil {
				return err
			}
			var c libraryCase
			c.expr, _ = m.Get(fields, "expr")
			c.expected, _ = m.Get(fields, "expected")
			c.error, _ = m.Get(fields, "error")
			cases[attr.Name] = c
		}
		return nil
	})
	if err != nil {
		t.Fatal(eval.Render(err, eval.RenderOptions{ShowTrace: true}))
	}
	return cases
}

func (c libraryCase) run(t *testing.T, m *eval.Evaluator, name string) {
	t.Helper()
	got, failure := jsonText(m, c.expr)
	if c.error.Kind() == eval.KindInvalid {
		want, err := jsonText(m, c.expected)
		switch {
		case failure != "" || err != "":
			t.Errorf("%s: %s%s", name, failure, err)
		case got != want:
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		return
	}
	text, problem := jsonText(m, c.error)
	var pattern string
	if err := json.Unmarshal([]byte(text), &pattern); err != nil {
		t.Errorf("%s: the error it wants is no text: %s%v", name, problem, err)
		return
	}
	switch matched, err := regexp.MatchString(pattern, failure); {
	case err != nil:
		t.Errorf("%s: %v", name, err)
	case failure == "":
		t.Errorf("%s: got %s, want an error like %q", name, got, pattern)
	case !matched:
		t.Errorf("%s: got error\n%s\nwant one like %q", name, failure, pattern)
	}
}

// jsonText returns a value as JSON, or the error with its trace.
func jsonText(m *eval.Evaluator, v eval.Value) (text, failure string) {
	err := m.Run(context.Background(), func() (err *eval.Error) {
		text, _, err = m.ToJSON(v)
		return err
	})
	if err != nil {
		return "", eval.Render(err, eval.RenderOptions{ShowTrace: true})
	}
	return text, ""
}
