package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every command is used by a script that tests the shell as a filter, is explained, and has an example that is understood.
func TestCommandsAreTested(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("../cmd/nixops4/testdata/script/repl_*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	used := map[string]bool{}
	for _, file := range scripts {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			rest, ok := strings.CutPrefix(line, ":")
			if !ok {
				continue
			}
			if strings.HasPrefix(rest, "!") {
				rest = "! "
			}
			used[strings.Fields(rest)[0]] = true
		}
	}
	for _, c := range commands {
		if !used[c.name] {
			t.Errorf("no script uses :%s", c.name)
		}
		if c.short == "" || c.group == "" || c.example == "" {
			t.Errorf(":%s is not explained", c.name)
		}
		s, err := read(c.example, true)
		if err != nil {
			t.Errorf("the example of :%s: %v", c.name, err)
			continue
		}
		if found, err := lookUp(strings.Fields(strings.Replace(s.command, "!", "! ", 1))[0]); err != nil || found != c {
			t.Errorf("the example of :%s is %q", c.name, c.example)
		}
	}
}
