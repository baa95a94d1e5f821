package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pairsRoot is n memos that remember, and n that are made from those.
const pairsRoot = `let nixops4 = import <nixops4> { }; in
nixops4.lib.mkRoot {
  modules = [
    ({ members, providers, ... }: {
      providers.local = nixops4.modules.nixops4Provider.local;
      members = { store = { type = providers.local.state_file; inputs.name = "state.json"; }; }
        // builtins.listToAttrs (builtins.concatMap (i: [
          { name = "a${toString i}"; value = { type = providers.local.memo; state = members.store; inputs.initialize_with = "value ${toString i}"; }; }
          { name = "b${toString i}"; value = { type = providers.local.memo; state = members.store; inputs.initialize_with = "got ${members."a${toString i}".outputs.value}"; }; }
        ]) (builtins.genList (i: i) COUNT));
    })
  ];
}
`

// pairsTerraform is the same for Terraform.
const pairsTerraform = `resource "terraform_data" "a" {
  count = COUNT
  input = "value ${count.index}"
}
resource "terraform_data" "b" {
  count = COUNT
  input = "got ${terraform_data.a[count.index].output}"
}
`

// cost is what one command took.
type cost struct {
	wall   time.Duration
	memory int64 // of the largest process, in bytes
}

// BenchmarkPairs applies stateful resources that are wired in pairs, and then plans when there is nothing to do. It reports seconds and MiB; 10,000 resources as a multiple
// of 2,000; and, where terraform is in PATH, Terraform's times as multiples of ours in the same run.
func BenchmarkPairs(b *testing.B) {
	ours := filepath.Join(b.TempDir(), "nixops4")
	if out, err := exec.Command("go", "build", "-o", ours, ".").CombinedOutput(); err != nil {
		b.Fatalf("building nixops4: %v\n%s", err, out)
	}
	terraform, err := exec.LookPath("terraform")
	b.Run("2000-and-10000", func(b *testing.B) {
		for b.Loop() {
			small, planSmall := applyAndPlan(b, 2000, ours)
			large, planLarge := applyAndPlan(b, 10000, ours)
			b.ReportMetric(small.wall.Seconds(), "apply-2000-s")
			b.ReportMetric(planSmall.wall.Seconds(), "plan-2000-s")
			b.ReportMetric(large.wall.Seconds()/small.wall.Seconds(), "apply-10000/2000")
			b.ReportMetric(planLarge.wall.Seconds()/planSmall.wall.Seconds(), "plan-10000/2000")
			b.ReportMetric(float64(large.memory)/(1<<20), "apply-10000-MiB")
		}
	})
	b.Run("terraform", func(b *testing.B) {
		if err != nil {
			b.Skip("there is no terraform in PATH")
		}
		for b.Loop() {
			apply, plan := applyAndPlan(b, 2000, ours)
			dir := b.TempDir()
			write(b, filepath.Join(dir, "main.tf"), pairsTerraform, 1000)
			runCost(b, dir, terraform, "init")
			theirApply := runCost(b, dir, terraform, "apply", "-auto-approve")
			theirPlan := runCost(b, dir, terraform, "plan")
			b.ReportMetric(theirApply.wall.Seconds()/apply.wall.Seconds(), "apply-times-faster")
			b.ReportMetric(theirPlan.wall.Seconds()/plan.wall.Seconds(), "plan-times-faster")
			b.ReportMetric(float64(apply.memory)/float64(theirApply.memory), "memory/terraform")
		}
	})
}

func applyAndPlan(b *testing.B, n int, nixops4 string) (apply, plan cost) {
	dir := b.TempDir()
	write(b, filepath.Join(dir, "nixops4.nix"), pairsRoot, n/2)
	return runCost(b, dir, nixops4, "apply"), runCost(b, dir, nixops4, "plan")
}

func write(b *testing.B, path, text string, count int) {
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "COUNT", fmt.Sprint(count))), 0o666); err != nil {
		b.Fatal(err)
	}
}

func runCost(b *testing.B, dir, name string, args ...string) cost {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v\n%s", cmd, err, out.Bytes())
	}
	c := cost{wall: time.Since(began)}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.memory = usage.Maxrss * 1024 // Linux counts in KiB; the largest of the command and its children
	}
	return c
}
