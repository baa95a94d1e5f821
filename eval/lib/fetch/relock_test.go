package fetch_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"nixops4/eval/lib/fetch"
)

// TestRelock changes flakes that are locked already, and compares each lock file with what Nix makes of the one before.
func TestRelock(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(reference); err != nil {
		t.Skip("there is no " + reference)
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	const outputs = "outputs = inputs: { v = builtins.attrNames inputs; }; }"
	for name, steps := range map[string][]string{
		"one changes":            {`{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://MID"; };`, "LEAF", `{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://MID?ref=main"; };`},
		"one is removed":         {`{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://MID"; };`, "LEAF", `{ inputs = { b.url = "git+file://MID"; };`},
		"one is added":           {`{ inputs = { b.url = "git+file://MID"; };`, "LEAF", `{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://MID"; };`},
		"all are removed":        {`{ inputs.b.url = "git+file://MID";`, "", `{`},
		"follows is added":       {`{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://MID"; };`, "LEAF", `{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://MID"; b.inputs.leaf.follows = "a"; };`},
		"follows is removed":     {`{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://MID"; b.inputs.leaf.follows = "a"; };`, "LEAF", `{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://MID"; };`},
		"follows another":        {`{ inputs = { a.url = "git+file://LEAF"; c.url = "git+file://OTHER"; b.url = "git+file://MID"; b.inputs.leaf.follows = "a"; };`, "LEAF", `{ inputs = { a.url = "git+file://LEAF"; c.url = "git+file://OTHER"; b.url = "git+file://MID"; b.inputs.leaf.follows = "c"; };`},
		"deep override is added": {`{ inputs.b.url = "git+file://OUTER";`, "LEAF", `{ inputs.b.url = "git+file://OUTER"; inputs.b.inputs.mid.inputs.leaf.url = "git+file://LEAF";`},
		"deep override changes":  {`{ inputs.b.url = "git+file://OUTER"; inputs.b.inputs.mid.inputs.leaf.url = "git+file://LEAF";`, "", `{ inputs.b.url = "git+file://OUTER"; inputs.b.inputs.mid.inputs.leaf.url = "git+file://OTHER";`},
		"deep override is gone":  {`{ inputs.b.url = "git+file://OUTER"; inputs.b.inputs.mid.inputs.leaf.url = "git+file://LEAF";`, "LEAF", `{ inputs.b.url = "git+file://OUTER";`},
		"override in override":   {`{ inputs.b = { url = "git+file://OUTER"; inputs.mid = { url = "git+file://MID?ref=main"; inputs.leaf = { url = "git+file://LEAF"; inputs.inner.follows = "b/leaf"; }; }; };`, "LEAF", `{ inputs.b = { url = "git+file://OUTER"; inputs.mid = { url = "git+file://MID?ref=main"; inputs.leaf = { url = "git+file://LEAF"; }; }; };`},
		"deep follows":           {`{ inputs = { b.url = "git+file://OUTER"; d.follows = "b/mid/leaf"; e.follows = "d/x"; };`, "OTHER", `{ inputs = { b.url = "git+file://OUTER"; d.follows = "b/mid/raw"; };`},
		"empty follows":          {`{ inputs = { b.url = "git+file://MID"; b.inputs.leaf.follows = ""; };`, "LEAF", `{ inputs = { b.url = "git+file://MID"; };`},
		"becomes a source":       {`{ inputs.a.url = "git+file://OTHER";`, "", `{ inputs.a = { url = "git+file://OTHER"; flake = false; };`, "", `{ inputs.a.url = "git+file://OTHER?ref=main";`},
		"upstream moves":         {`{ inputs = { a.url = "git+file://OUTER"; };`, "OUTER", `{ inputs = { a.url = "git+file://OUTER"; };`},
		"revision is fixed":      {`{ inputs.a.url = "git+file://LEAF";`, "", `{ inputs.a = { type = "git"; url = "file://LEAF"; ref = "main"; };`, "", `{ inputs.a = { type = "git"; url = "file://LEAF"; dir = "inner"; };`},
		"relative":               {`{ inputs = { s.url = "path:./sub"; t.url = ./sub/deep; };`, "", `{ inputs = { s.url = "path:./sub"; t = { url = "./sub/deep"; flake = false; }; };`, "", `{ inputs = { s.url = "path:./sub/deep"; };`},
		"relative with follows":  {`{ inputs = { s.url = "path:./sub"; s.inputs.leaf.follows = "l"; l.url = "git+file://LEAF"; };`, "LEAF", `{ inputs = { s.url = "path:./sub"; l.url = "git+file://LEAF"; };`},
		"relative override":      {`{ inputs = { b.url = "git+file://MID"; b.inputs.leaf.url = "path:./sub/deep"; };`, "", `{ inputs = { b.url = "git+file://MID"; b.inputs.leaf.url = "path:./sub"; };`},
		"self":                   {`{ inputs.self.submodules = true; inputs.a.url = "git+file://LEAF";`, "LEAF", `{ inputs.a.url = "git+file://LEAF";`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			relock(t, steps, outputs)
		})
	}
}

// relock does the steps: texts of flake.nix, with the name of the repository that gets a commit between two of them.
func relock(t *testing.T, steps []string, outputs string) {
	dirs := sources(t)
	dir := t.TempDir()
	home := t.TempDir()
	t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", home).Run() }) // a store is read-only
	for _, who := range []string{"/ours", "/theirs"} {
		writeFiles(t, dir+who, map[string]string{
			"sub/flake.nix":      in(dirs, `{ inputs = { leaf.url = "git+file://LEAF"; d.url = "path:./deep"; }; outputs = _: { }; }`),
			"sub/deep/flake.nix": `{ outputs = _: { }; }`,
		})
	}
	w := newWorld(t)
	w.opts.Fetching.Fresh = 1 // repositories change in between
	for i, text := range steps {
		if i%2 == 1 {
			if text != "" {
				commitTo(t, dirs[text])
			}
			continue
		}
		for _, who := range []string{"/ours", "/theirs"} {
			writeFiles(t, dir+who, map[string]string{"flake.nix": in(dirs, text) + outputs})
		}
		w.logs = nil
		if _, err := w.open(t, "path:"+dir+"/ours", fetch.LockOptions{Write: true}, "v"); err != "" {
			t.Fatalf("step %d: %s", i, err)
		}
		said, ok := lockWithNix(t, dir+"/theirs", home)
		if !ok {
			return
		}
		got, want := readLockFile(t, dir+"/ours"), readLockFile(t, dir+"/theirs")
		if got != want {
			t.Fatalf("step %d: got\n%s\nNix writes\n%s", i, got, want)
		}
		if log := strings.Join(w.logs, "\n"); changes(log) != changes(said) {
			t.Errorf("step %d: said\n%s\nNix says\n%s", i, changes(log), changes(said))
		}
	}
}

// changes are the lines about inputs, but for those that are paths: they differ, and Nix calls some of them updated that stay the same.
func changes(log string) string {
	var lines []string
	all := strings.Split(log, "\n")
	for i, line := range all {
		isPath := i+1 < len(all) && strings.HasPrefix(all[i+1], "    'path:")
		if strings.HasPrefix(line, "•") && !isPath || strings.HasPrefix(line, "  ") && !strings.Contains(line, "'path:") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// commitTo adds a commit to a repository.
func commitTo(t *testing.T, dir string) {
	t.Helper()
	writeFiles(t, dir, map[string]string{"news": "news\n"})
	for _, args := range [][]string{{"add", "news"}, {"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "news"}} {
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// lockWithNix is lockedByNix with what Nix says, in the same store each time.
func lockWithNix(t *testing.T, dir, home string) (string, bool) {
	t.Helper()
	cmd := exec.Command(reference, "--extra-experimental-features", "nix-command flakes", "flake", "lock", "path:"+dir)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+home, "NIX_STORE_DIR="+home+"/store", "NIX_STATE_DIR="+home+"/state", "NIX_CONFIG=tarball-ttl = 0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		if strings.Contains(string(out), "does not exist in Git repository") {
			return "", false // see lockedByNix
		}
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out), true
}
