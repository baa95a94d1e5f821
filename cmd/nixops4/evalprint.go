package main

// This file prints what the verb eval found.

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"syscall"
	"time"

	"nixops4/eval"
	"nixops4/eval/syntax"
	"nixops4/internal/spell"
)

// print writes one value in the notation that was asked for. As in nix-instantiate, only raw and XML end without an extra line feed.
func (e *evaluation) print(v eval.Value) *eval.Error {
	switch {
	case e.opts.raw:
		s, err := e.m.CoerceString(v, "while generating the nix-instantiate output")
		if err != nil {
			return err
		}
		fmt.Fprint(e.ui.stdout, s.Text())
	case e.opts.json:
		text, _, err := e.m.WriteJSON(v, eval.JSONOptions{Strict: e.opts.strict})
		if err != nil {
			return err
		}
		fmt.Fprintln(e.ui.stdout, text)
	case e.opts.xml:
		text, _, err := e.m.ToXML(v, eval.XMLOptions{Strict: e.opts.strict, Locations: !e.opts.noLocation})
		if err != nil {
			return err
		}
		fmt.Fprint(e.ui.stdout, text)
	default:
		if e.opts.strict {
			if err := e.m.ForceDeep(v); err != nil {
				return err
			}
		}
		fmt.Fprintln(e.ui.stdout, e.m.Print(v, eval.PrintOptions{Ambiguous: true}))
	}
	return nil
}

func (e *evaluation) parseFile(path string) *eval.Error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "default.nix")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return eval.Wrap(err, "%v", err)
	}
	tree, failure := e.m.Parse(string(text), path, filepath.Dir(path))
	if failure == nil {
		fmt.Fprintln(e.ui.stdout, syntax.String(tree))
	}
	return failure
}

// printDoc prints the documentation of a builtin.
func (e *evaluation) printDoc(name string) error {
	name = strings.TrimPrefix(name, "builtins.")
	var names []string
	for _, b := range e.m.Registered() {
		if b.Name != name && "__"+b.Name != name {
			names = append(names, b.Name)
			continue
		}
		fmt.Fprintf(e.ui.stdout, "builtins.%s\n\n%s\n", strings.Join(append([]string{b.Name}, b.Args...), " "), strings.TrimSpace(b.Doc))
		return nil
	}
	return withHint(fmt.Errorf("there is no builtin %q", name), spell.Hint(name, names))
}

// printStats prints the counters of the evaluation, which go to stderr because they are not what was asked for.
func (e *evaluation) printStats() {
	text, err := json.MarshalIndent(struct {
		eval.Stats
		processStats
	}{e.m.Stats(), readProcessStats()}, "", "  ")
	if err != nil {
		panic("cmd/nixops4: counters do not fit into JSON: " + err.Error())
	}
	e.ui.line(string(text))
}

// processStats is what the process took. Unlike the evaluator's counters it differs from run to run.
type processStats struct {
	AllocatedBytes uint64
	Collections    uint64
	// CollectionShare is the part of the processor time that collecting garbage took.
	CollectionShare float64
}

func readProcessStats() processStats {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}, {Name: "/cpu/classes/gc/total:cpu-seconds"},
	}
	metrics.Read(samples)
	p := processStats{AllocatedBytes: samples[0].Value.Uint64(), Collections: samples[1].Value.Uint64()}
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) == nil {
		busy := time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
		p.CollectionShare = samples[2].Value.Float64() / max(busy, 1e-9)
	}
	return p
}
