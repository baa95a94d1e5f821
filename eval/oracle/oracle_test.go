//go:build oracle

package oracle

// This file compares our evaluator with the real Nix on random expressions.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
)

// Each expression is evaluated twice: all of it, and only its outermost layer.
const (
	strictForm = `let v = %s; in builtins.deepSeq v (builtins.trace [ v ] 0)`
	lazyForm   = `let v = let v = %s; t = builtins.typeOf v; in if t == "set" then builtins.attrNames v else if t == "list" then builtins.length v else t; in builtins.deepSeq v (builtins.trace v 0)`
)

// batchSize is the number of expressions that one process of Nix evaluates.
const batchSize = 2000

func number(t *testing.T, name string, or int) int {
	text := os.Getenv(name)
	if text == "" {
		return or
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDifferences compares NIXOPS4_ORACLE_COUNT expressions (20,000 unless set) made from the seed
// NIXOPS4_ORACLE_SEED. NIXOPS4_NIX is the folder of nix.
func TestDifferences(t *testing.T) { compare(t, false) }

// TestTraces is the same for whole errors with their traces.
func TestTraces(t *testing.T) { compare(t, true) }

func compare(t *testing.T, traces bool) {
	bin := os.Getenv("NIXOPS4_NIX")
	if bin == "" {
		t.Skip("NIXOPS4_NIX is not set")
	}
	count, seed := number(t, "NIXOPS4_ORACLE_COUNT", 20_000), number(t, "NIXOPS4_ORACLE_SEED", 1)
	var failures, done, listed atomic.Int64
	batches := make(chan int)
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			for i := range batches {
				b := newBatch(uint64(seed)<<20+uint64(i), min(batchSize, count-i*batchSize))
				b.traces = traces
				want, err := b.nix(bin)
				if err != nil {
					t.Error(err)
					continue
				}
				for j, got := range b.ours() {
					done.Add(1)
					w := want[j]
					if same(w, got) {
						continue
					}
					if known(b.texts[j], w, got) != "" {
						listed.Add(1)
						continue
					}
					if failures.Add(1) <= 40 {
						t.Errorf("%s\n%s", b.texts[j], difference(w, got))
					}
				}
			}
		})
	}
	for i := range (count + batchSize - 1) / batchSize {
		batches <- i
	}
	close(batches)
	wait.Wait()
	t.Logf("%d evaluations of %d expressions, %d differ, %d of them as listed", done.Load(), count, failures.Load()+listed.Load(), listed.Load())
}

// difference shows two texts from a line before the first that differs.
func difference(nix, ours string) string {
	a, b := strings.Split(strings.TrimSpace(nix), "\n"), strings.Split(strings.TrimSpace(ours), "\n")
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	i = max(0, i-2)
	return "Nix  " + strings.Join(a[i:min(len(a), i+7)], "\n     ") + "\nours " + strings.Join(b[i:min(len(b), i+7)], "\n     ")
}

// A batch is a sequence of texts to evaluate in one session.
type batch struct {
	texts  []string
	traces bool // whole errors are compared
}

func newBatch(seed uint64, n int) *batch {
	g := New(seed)
	b := &batch{texts: []string{fmt.Sprintf(strictForm, Prelude())}}
	for range n {
		e := g.Expr(2 + g.n(4))
		b.texts = append(b.texts, fmt.Sprintf(strictForm, e), fmt.Sprintf(lazyForm, e))
	}
	return b
}

const marker = "trace: @@"

// nix evaluates all texts in one session of nix repl, and returns what each wrote.
func (b *batch) nix(bin string) ([]string, error) {
	home, err := os.MkdirTemp("", "oracle")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	var in strings.Builder
	for _, text := range b.texts {
		fmt.Fprintf(&in, "%s\nbuiltins.trace \"@@\" 0\n", text)
	}
	cmd := exec.Command(filepath.Join(bin, "nix"), "--extra-experimental-features", "nix-command", "--store", "dummy://", "repl")
	if b.traces {
		cmd.Args = append(cmd.Args, "--show-trace")
	}
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	cmd.Stdin = strings.NewReader(in.String())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("nix repl: %w\n%s", err, last(stderr.String(), 2000))
	}
	out := strings.Split(stderr.String(), marker+"\n")
	if len(out) != len(b.texts)+1 {
		return nil, fmt.Errorf("nix repl answered %d of %d times", len(out)-1, len(b.texts))
	}
	for i := range out {
		if i == 0 {
			_, out[0], _ = strings.Cut(out[0], "Type :? for help.\n")
		}
		if b.traces {
			out[i] = unindent(excerpt.ReplaceAllString(out[i], ""))
		} else {
			out[i] = outcome(out[i])
		}
	}
	return out[:len(b.texts)], nil
}

func last(s string, n int) string { return s[max(0, len(s)-n):] }

var (
	errorStart = regexp.MustCompile(`(?m)^ *error:(?: |$)`)
	place      = regexp.MustCompile(`(?m)^ *at «string»:\d+:\d+:\n(?s:.*)`)
	excerpt    = regexp.MustCompile(`(?m)^ *\d*\| .*\n|^ *\d*\|\n|^ *\n`)
	suggestion = regexp.MustCompile(`(?m)^ *Did you mean .*\n?`)
)

// outcome keeps of what Nix wrote the traces, and of an error the message.
func outcome(text string) string {
	lines := strings.SplitAfter(text, "\n")
	var log strings.Builder
	for len(lines) > 0 && !strings.HasPrefix(lines[0], "error:") {
		log.WriteString(lines[0])
		lines = lines[1:]
	}
	msg := strings.Join(lines, "")
	if found := errorStart.FindAllStringIndex(msg, -1); found != nil {
		msg = "error:\n" + msg[found[len(found)-1][1]:]
	}
	msg = suggestion.ReplaceAllString(place.ReplaceAllString(msg, ""), "")
	return log.String() + unindent(msg)
}

func unindent(text string) string {
	var out []string
	for l := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		out = append(out, strings.TrimSpace(l))
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// ours evaluates all texts in one evaluator.
func (b *batch) ours() []string {
	var log strings.Builder
	m := nix.New(nix.Options{Options: eval.Options{Log: func(line string) { log.WriteString(line + "\n") }}})
	out := make([]string, len(b.texts))
	for i, text := range b.texts {
		log.Reset()
		err := m.Run(context.Background(), func() *eval.Error {
			_, err := m.EvalString(text, "«string»", "/")
			return err
		})
		out[i] = log.String()
		switch {
		case err == nil:
		case b.traces:
			out[i] += eval.Render(err, eval.RenderOptions{ShowTrace: true}) + "\n"
		default:
			out[i] += unindent("error:\n" + err.Msg)
		}
		if b.traces {
			out[i] = unindent(excerpt.ReplaceAllString(out[i], ""))
		}
	}
	return out
}

func same(nix, ours string) bool {
	return strings.TrimSpace(nix) == strings.TrimSpace(ours)
}

// known names the reason of a difference that docs/language.md lists, or returns "".
func known(text, nix, ours string) string {
	log, msg, failed := strings.Cut(nix, "error:")
	log2, msg2, failed2 := strings.Cut(ours, "error:")
	msg, msg2 = strings.TrimSpace(msg), strings.TrimSpace(msg2)
	switch {
	case placed(nix) == placed(ours):
		return "a call of mapAttrs, or infinite recursion, has a place where Nix gives none"
	case !failed && !failed2 && sameBut(nix, ours):
		return "a list or set that was copied counts as the same"
	case failed != failed2 || log != log2:
		return ""
	case strings.HasPrefix(msg, "undefined variable") && strings.HasPrefix(msg2, "undefined variable"):
		return "of several undefined variables another comes first"
	case strings.Contains(msg, "addToStoreFromDump"):
		return "nix repl writes to the store, which this one cannot"
	case strings.HasPrefix(msg, "stack overflow") && strings.HasPrefix(msg2, "infinite recursion"):
		return "a suspended call that needs itself is infinite recursion"
	case sameBut(msg, msg2):
		return "what is cheap is computed early, and a list or set that was copied counts as the same"
	}
	return ""
}

var (
	callSite  = regexp.MustCompile(`(?m)^… from call site\nat .*\n`)
	recursion = regexp.MustCompile(`(error: infinite recursion encountered)\nat .*`)
	unplaced  = regexp.MustCompile(`(error: attempt to call something which is not a function but .*)\nat .*`)
)

// placed removes from a trace what depends on when Nix evaluates a function.
func placed(text string) string {
	return unplaced.ReplaceAllString(recursion.ReplaceAllString(callSite.ReplaceAllString(text, ""), "$1"), "$1")
}

// sameBut says that two texts are the same when «thunk» and «repeated» in one of them stand for anything.
func sameBut(a, b string) bool {
	for _, x := range [2][2]string{{a, b}, {b, a}} {
		if !strings.Contains(x[0], "«thunk»") && !strings.Contains(x[0], "«repeated»") {
			continue
		}
		pattern := strings.NewReplacer("«thunk»", "(?s:.*?)", "«repeated»", "(?s:.*?)").Replace(regexp.QuoteMeta(strings.TrimSpace(x[0])))
		if regexp.MustCompile("^(?:" + pattern + ")$").MatchString(strings.TrimSpace(x[1])) {
			return true
		}
	}
	return false
}
