package main

// This file measures the interactive shell as its users feel it: on a terminal, from the key to the screen.

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// benchRoot has 2,001 resources.
func benchRoot(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	text, err := os.ReadFile("../../examples/bench/root.nix")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "nixops4.nix"), text, 0o666)
	}
	if err != nil {
		b.Fatal(err)
	}
	return dir
}

// BenchmarkReplPrompt measures from the start of the process to its prompt.
func BenchmarkReplPrompt(b *testing.B) {
	for name, dir := range map[string]string{"hello": exampleRoot(b, "hello"), "2001": benchRoot(b)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s := newScreen(b, dir, 80, 24, nil)
				b.StopTimer()
				_ = s.cmd.Process.Kill()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkReplComplete measures from the Tab key to the completed name, among 2,001 members.
func BenchmarkReplComplete(b *testing.B) {
	s := newScreen(b, benchRoot(b), 80, 24, nil)
	s.enter("builtins.length (builtins.attrNames members)", "2001\n")
	for _, bench := range []struct{ name, line, want string }{
		{"attribute", "members.sta", "members.state"},
		{"path", ":show sta", ":show state"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				s.keys(bench.line + tab)
				s.wait(func(rest string) int { return strings.Index(rest, bench.want) }, bench.want)
				s.keys(ctrlC)
				s.expect("^C")
				s.expect("> ")
			}
		})
	}
}

// BenchmarkReplShow measures looking at one of 2,001 resources.
func BenchmarkReplShow(b *testing.B) {
	s := newScreen(b, benchRoot(b), 80, 24, nil)
	s.enter("builtins.length (builtins.attrNames members)", "2001\n")
	for b.Loop() {
		s.enter(`:show "memo-7"`, "value = «unknown")
	}
}

// BenchmarkReplMemory compares what a session that waits for its user holds with the most that nixops4 plan holds, for 2,001 resources: the program and its
// evaluator together, in MB.
func BenchmarkReplMemory(b *testing.B) {
	dir := benchRoot(b)
	for b.Loop() {
		most := planMemory(b, dir)
		s := newScreen(b, dir, 80, 24, nil)
		s.enter("builtins.length (builtins.attrNames members)", "2001\n")
		time.Sleep(3 * time.Second)
		idle := resident(s.cmd.Process.Pid, "VmRSS")
		s.enter(":plan", "plan: ")
		time.Sleep(3 * time.Second)
		planned := resident(s.cmd.Process.Pid, "VmRSS")
		s.quit()
		b.ReportMetric(most, "plan-MB")
		b.ReportMetric(idle, "idle-MB")
		b.ReportMetric(planned, "idle-after-plan-MB")
	}
}

func planMemory(b *testing.B, dir string) (most float64) {
	b.Helper()
	cmd := exec.Command("nixops4", "plan")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case <-ended:
			return most
		case <-time.After(5 * time.Millisecond):
			most = max(most, resident(cmd.Process.Pid, "VmRSS"))
		}
	}
}

// resident is the memory of a process and of its evaluator, in MB.
func resident(pid int, field string) float64 {
	total := memoryOf(pid, field)
	if worker, _ := childNamed(pid, "eval-worker"); worker != 0 {
		total += memoryOf(worker, field)
	}
	return total
}

func memoryOf(pid int, field string) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), field+":")
	kilobytes, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return float64(kilobytes) / 1024
}
