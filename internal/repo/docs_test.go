package repo_test

// This file checks that links between the pages of the repository lead somewhere.

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestLinks(t *testing.T) {
	t.Parallel()
	pages := 0
	err := filepath.WalkDir(rootDir(t), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		pages++
		checkLinks(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages == 0 {
		t.Error("no Markdown page found")
	}
}

func checkLinks(t *testing.T, page string) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range markdownLink.FindAllStringSubmatch(string(text), -1) {
		target, _, _ := strings.Cut(m[1], "#")
		if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
			continue
		}
		if unescaped, err := url.PathUnescape(target); err == nil {
			target = unescaped
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
			t.Errorf("%s links to %s: %v", page, m[1], err)
		}
	}
}
