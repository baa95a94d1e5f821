package script

import (
	"path/filepath"
	"testing"
)

// TestExampleTests runs the tests of the example scripts.
func TestExampleTests(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs("../examples/scripts")
	if err != nil {
		t.Fatal(err)
	}
	files, err := FindTests(dir)
	if err != nil || len(files) != 5 {
		t.Fatalf("FindTests: got %v, %v", files, err)
	}
	report, err := Test(t.Context(), dir, files, TestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Err != nil {
			t.Errorf("%s: %s: %v", r.File, r.Name, r.Err)
		}
	}
	for _, c := range report.Coverage {
		t.Logf("%s: %d of %d lines; not %v", c.File, c.Lines-len(c.Missed), c.Lines, c.Missed)
		if 10*len(c.Missed) > 4*c.Lines {
			t.Errorf("%s: tests run only %d of %d lines; not %v", c.File, c.Lines-len(c.Missed), c.Lines, c.Missed)
		}
	}
}
