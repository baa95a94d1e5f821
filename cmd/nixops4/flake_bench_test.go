package main

// This file measures how long flakes take to evaluate: against the real Nix, and per input when everything is in the cache.

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A flakeBench has a program and a folder for flakes, with a cache of its own.
type flakeBench struct {
	*testing.B
	dir     string
	program string
	env     []string
}

func newFlakeBench(b *testing.B) *flakeBench {
	if _, err := exec.LookPath("git"); err != nil {
		b.Skip("there is no git")
	}
	f := &flakeBench{B: b, dir: b.TempDir()}
	f.program = filepath.Join(f.dir, "nixops4")
	f.env = append(os.Environ(), "HOME="+f.dir+"/home", "XDG_CACHE_HOME="+f.dir+"/cache", "NIXOPS4_FLAKE_REGISTRY=", "NIX_CONFIG=extra-experimental-features = nix-command flakes",
		"NIX_STORE_DIR="+f.dir+"/store", "NIX_STATE_DIR="+f.dir+"/state", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	f.run("go", "build", "-o", f.program, ".")
	b.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", f.dir).Run() }) // a store is read-only
	return f
}

// run runs a program and returns the time of day and of processor that it takes.
func (f *flakeBench) run(argv ...string) (wall, cpu time.Duration) {
	f.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	if argv[0] != "go" {
		cmd.Env = f.env
	}
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		f.Fatalf("running %q: %v\n%s", argv, err, out)
	}
	return time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// repository makes a Git repository of files in a folder, and returns it.
func (f *flakeBench) repository(name string, files map[string]string) string {
	f.Helper()
	dir := filepath.Join(f.dir, name)
	for file, text := range files {
		file = filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			f.Fatal(err)
		}
	}
	f.run("git", "-C", dir, "init", "-q", "-b", "main")
	f.commit(dir)
	return dir
}

func (f *flakeBench) commit(dir string) {
	f.Helper()
	f.run("git", "-C", dir, "add", ".")
	f.run("git", "-C", dir, "commit", "-q", "-m", "files")
}

// library is a flake of the folder nix of this repository.
func (f *flakeBench) library() string {
	f.Helper()
	files := map[string]string{"flake.nix": `{ outputs = _: import ./. { }; }`}
	names, err := filepath.Glob("../../nix/*/*.nix")
	deeper, err2 := filepath.Glob("../../nix/lib/*/*.nix")
	if err != nil || err2 != nil {
		f.Fatal(err, err2)
	}
	for _, name := range append(append(names, deeper...), "../../nix/default.nix") {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		files[strings.TrimPrefix(filepath.ToSlash(name), "../../nix/")] = string(text)
	}
	return f.repository("library", files)
}

const helloFlake = `{
  inputs.nixops4.url = "git+file://LIBRARY";
  outputs = { self, nixops4 }: rec {
    nixops4 = self.inputs.nixops4.lib.mkRoot {
      modules = [
        (
          { members, providers, ... }:
          {
            providers.local = self.inputs.nixops4.modules.nixops4Provider.local;
            members.greeting = {
              type = providers.local.exec;
              inputs.executable = "sh";
              inputs.args = [ "-c" "printf 'Hello, world!\\n'" ];
            };
            members."hello.txt" = {
              type = providers.local.file;
              inputs.name = "hello.txt";
              inputs.contents = members.greeting.outputs.stdout;
            };
          }
        )
      ];
    };
    hello = (nixops4.rootFunction { resourceProviderSystem = "x86_64-linux"; outputValues.greeting.stdout = "Hello, world!\n"; }).members;
  };
}
`

// BenchmarkFlakeHello evaluates the root of examples/hello as the output of a flake, with a warm cache and in turn with the Nix whose programs
// are in NIXOPS4_NIX, and reports the ratios of the medians; below 1 ours is better. "uncached" is against nix eval --no-eval-cache, which
// evaluates, as we do; without it, Nix remembers what it found out.
func BenchmarkFlakeHello(b *testing.B) {
	nix := os.Getenv("NIXOPS4_NIX")
	if nix == "" {
		b.Skip("NIXOPS4_NIX is not set")
	}
	if info, err := os.Stat(nix); err == nil && !info.IsDir() {
		nix = filepath.Dir(nix)
	}
	f := newFlakeBench(b)
	top := f.repository("top", map[string]string{"flake.nix": strings.ReplaceAll(helloFlake, "LIBRARY", f.library())})
	ref := "git+file://" + top + "#hello"
	f.run(filepath.Join(nix, "nix"), "flake", "lock", "git+file://"+top)
	f.commit(top)
	ours := []string{f.program, "eval", "--flake", ref, "--json"}
	for name, theirs := range map[string][]string{
		"cached":   {filepath.Join(nix, "nix"), "eval", ref, "--json"},
		"uncached": {filepath.Join(nix, "nix"), "eval", "--no-eval-cache", ref, "--json"},
	} {
		b.Run(name, func(b *testing.B) {
			f := *f
			f.B = b
			f.run(ours...)
			f.run(theirs...)
			var wall, cpu [2][]time.Duration
			for b.Loop() {
				for range 15 {
					for i, argv := range [][]string{ours, theirs} {
						w, c := f.run(argv...)
						wall[i], cpu[i] = append(wall[i], w), append(cpu[i], c)
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(median(wall[0]))/float64(median(wall[1])), "time/nix")
			b.ReportMetric(float64(median(cpu[0]))/float64(median(cpu[1])), "cpu/nix")
			b.ReportMetric(float64(median(wall[0]).Microseconds())/1000, "ms")
		})
	}
}

// BenchmarkFlakeInputs evaluates flakes of 2 and 22 inputs that are all in the cache, of 50 files each, and reports what one more input costs.
func BenchmarkFlakeInputs(b *testing.B) {
	f := newFlakeBench(b)
	var tops []string
	for _, n := range []int{2, 22} {
		var inputs strings.Builder
		for i := range n {
			files := map[string]string{"flake.nix": fmt.Sprintf(`{ outputs = _: { v = "%d"; }; }`, i)}
			for j := range 50 {
				files[fmt.Sprintf("%d/%d.nix", j%7, j)] = strings.Repeat("# text\n", 100*j)
			}
			fmt.Fprintf(&inputs, "inputs.i%d.url = \"git+file://%s\";\n", i, f.repository(fmt.Sprintf("%d-%d", n, i), files))
		}
		text := "{\n" + inputs.String() + `outputs = inputs: { hello = builtins.concatStringsSep "" (builtins.map (i: i.v or "") (builtins.attrValues inputs)); }; }`
		top := f.repository(fmt.Sprintf("top-%d", n), map[string]string{"flake.nix": text})
		f.run(f.program, "eval", "--flake", top)
		f.commit(top)
		tops = append(tops, "git+file://"+top+"#hello")
	}
	var wall, cpu [2][]time.Duration
	for b.Loop() {
		for range 15 {
			for i, top := range tops {
				w, c := f.run(f.program, "eval", "--flake", top)
				wall[i], cpu[i] = append(wall[i], w), append(cpu[i], c)
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	perInput := func(of [2][]time.Duration) float64 {
		return float64((median(of[1]) - median(of[0])).Microseconds()) / 1000 / 20
	}
	b.ReportMetric(perInput(wall), "ms/input")
	b.ReportMetric(perInput(cpu), "cpu-ms/input")
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}
