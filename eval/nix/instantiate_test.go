package nix_test

// This file is nix-instantiate in miniature, inside the test process: enough of its command line to run language
// suites without starting a process for each case.

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
	"nixops4/eval/syntax"
)

// An instantiation is one run. Env replaces the environment.
type instantiation struct {
	dir   string
	env   map[string]string
	stdin string
	args  []string
	// features are experimental features that are on, separated by blanks.
	features string
}

// outcome is what a run wrote and its exit code.
type outcome struct {
	stdout, stderr string
	code           int
}

// machine is this machine with an environment of its own.
type machine struct {
	nix.OS
	env map[string]string
}

func (m machine) Getenv(name string) string { return m.env[name] }

type instantiate struct {
	instantiation
	opts           nix.Options
	render         eval.RenderOptions
	out, err       bytes.Buffer
	parse, strict  bool
	write          bool // store paths are written to the store
	format         string
	noLocation     bool
	fromText, read bool
	attrs, sources []string
	autoArgs       [][3]string // --arg or --argstr, name, value
}

func (in instantiation) run() outcome {
	r := &instantiate{instantiation: in}
	r.opts.IO = machine{env: in.env}
	r.opts.Log = func(line string) { r.err.WriteString(line + "\n") }
	r.opts.Syntax.Home = in.env["HOME"]
	r.feature(r.features)
	if err := r.flags(); err != nil {
		return outcome{stderr: "error: " + err.Error() + "\n", code: 1}
	}
	r.opts.SearchPath = append(r.opts.SearchPath, nix.ParseSearchPath(in.env["NIX_PATH"])...)
	r.opts.Dir = in.dir
	if dir := cmp.Or(in.env["NIX_STORE_DIR"], "/nix/store"); r.write || dir != "/nix/store" {
		r.opts.Store = folderStore(dir)
	}
	m := nix.New(r.opts)
	if err := m.Run(context.Background(), func() *eval.Error { return r.all(m) }); err != nil {
		r.err.WriteString(eval.Render(err, r.render) + "\n")
		return outcome{r.out.String(), r.err.String(), 1}
	}
	return outcome{r.out.String(), r.err.String(), 0}
}

func (r *instantiate) searchPath(entry string) {
	r.opts.SearchPath = append(r.opts.SearchPath, nix.ParseSearchEntry(entry))
}

func (r *instantiate) abs(path string) string {
	if filepath.IsAbs(path) || strings.Contains(path, "://") {
		return path
	}
	return filepath.Join(r.dir, path)
}

// flags reads the command line; a flag that lacks its argument gets "".
func (r *instantiate) flags() error {
	args := r.args
	next := func() string {
		if len(args) == 0 {
			return ""
		}
		a := args[0]
		args = args[1:]
		return a
	}
	for len(args) > 0 {
		switch a := next(); a {
		case "--eval", "--eval-only", "--impure":
		case "--read-write-mode":
			r.write = true
		case "--timeout":
			next()
		case "--option":
			r.option(next(), next())
		case "--abort-on-warn":
			r.opts.AbortOnWarn = true
		case "--trace-verbose":
			r.opts.TraceVerbose = true
		case "--strict":
			r.strict = true
		case "--parse":
			r.parse = true
		case "--show-trace":
			r.render.ShowTrace = true
		case "--no-show-trace":
			r.render.ShowTrace = false
		case "--xml", "--json", "--raw":
			r.format = a[2:]
		case "--no-location":
			r.noLocation = true
		case "-E", "--expr":
			r.fromText = true
		case "-":
			r.read = true
		case "-A", "--attr":
			r.attrs = append(r.attrs, next())
		case "--arg", "--argstr":
			r.autoArgs = append(r.autoArgs, [3]string{a, next(), next()})
		case "-I":
			r.searchPath(next())
		case "--max-call-depth":
			n, err := strconv.Atoi(next())
			if err != nil {
				return err
			}
			r.opts.MaxCallDepth = n
		case "--extra-experimental-features":
			r.feature(next())
		case "--lint-url-literals":
			r.opts.Syntax.URLLiterals = lint(next())
		case "--lint-short-path-literals":
			r.opts.Syntax.ShortPathLiterals = lint(next())
		case "--lint-absolute-path-literals":
			r.opts.Syntax.AbsolutePathLiterals = lint(next())
		default:
			if strings.HasPrefix(a, "-") {
				return fmt.Errorf("unrecognised flag '%s'", a)
			}
			r.sources = append(r.sources, a)
		}
	}
	return nil
}

func (r *instantiate) option(name, value string) {
	if name == "abort-on-warn" {
		r.opts.AbortOnWarn = value == "true"
	}
}

func (r *instantiate) feature(names string) {
	r.opts.Features = append(r.opts.Features, strings.Fields(names)...)
	r.opts.Syntax.PipeOperators = r.opts.Syntax.PipeOperators || slices.Contains(r.opts.Features, "pipe-operators")
}

func lint(s string) syntax.Lint {
	return map[string]syntax.Lint{"ignore": syntax.LintIgnore, "warn": syntax.LintWarn, "fatal": syntax.LintFatal}[s]
}

func (r *instantiate) all(m *eval.Evaluator) *eval.Error {
	if r.parse {
		text, name := r.stdin, "«stdin»"
		if r.fromText {
			text, name = r.sources[0], "«string»"
		}
		tree, err := m.Parse(text, name, r.dir)
		if err == nil {
			fmt.Fprintln(&r.out, syntax.String(tree))
		}
		return err
	}
	args, err := r.arguments(m)
	if err != nil {
		return err
	}
	if r.read {
		r.sources = append(r.sources, "")
	} else if len(r.sources) == 0 && !r.fromText {
		r.sources = []string{"./default.nix"}
	}
	for _, src := range r.sources {
		v, err := r.source(m, src)
		if err != nil {
			return err
		}
		paths := r.attrs
		if len(paths) == 0 {
			paths = []string{""}
		}
		for _, p := range paths {
			if err := r.show(m, v, p, args); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *instantiate) source(m *eval.Evaluator, src string) (eval.Value, *eval.Error) {
	switch {
	case r.read:
		return m.EvalString(r.stdin, "«stdin»", r.dir)
	case r.fromText:
		return m.EvalString(src, "«string»", r.dir)
	}
	return m.EvalRootFile(r.abs(src))
}

func (r *instantiate) arguments(m *eval.Evaluator) (*eval.Attrs, *eval.Error) {
	fields := map[string]eval.Value{}
	for _, a := range r.autoArgs {
		if a[0] == "--argstr" {
			fields[a[1]] = eval.String(a[2])
			continue
		}
		v, err := m.LazyString(a[2], "«string»", r.dir)
		if err != nil {
			return nil, err
		}
		fields[a[1]] = v
	}
	if len(fields) == 0 {
		return nil, nil
	}
	return m.AttrsOf(fields).Attrs(), nil
}

func (r *instantiate) show(m *eval.Evaluator, v eval.Value, path string, args *eval.Attrs) *eval.Error {
	v, err := m.AttrPath(v, path, args)
	if err != nil {
		return err
	}
	if args != nil {
		if v, err = m.AutoCall(v, args); err != nil {
			return err
		}
	}
	if r.format != "" {
		return r.convert(m, v)
	}
	if r.strict {
		if err := m.ForceDeep(v); err != nil {
			return err
		}
	}
	fmt.Fprintln(&r.out, m.Print(v, eval.PrintOptions{Ambiguous: true}))
	return r.store(m, v.Context())
}

// store puts what the result refers to into the store.
func (r *instantiate) store(m *eval.Evaluator, c *eval.Context) *eval.Error {
	if !r.write {
		return nil
	}
	_, err := m.Realise(c.Elems())
	return err
}

// convert writes JSON, XML or the value itself as text.
func (r *instantiate) convert(m *eval.Evaluator, v eval.Value) *eval.Error {
	var text string
	var c *eval.Context
	var err *eval.Error
	switch r.format {
	case "json":
		text, c, err = m.WriteJSON(v, eval.JSONOptions{Strict: r.strict})
		text += "\n"
	case "xml":
		text, c, err = m.ToXML(v, eval.XMLOptions{Strict: r.strict, Locations: !r.noLocation})
	default:
		var s eval.Value
		if s, err = m.CoerceString(v, "while generating the nix-instantiate output"); err == nil {
			text, c = s.Text(), s.Context()
		}
	}
	if err != nil {
		return err
	}
	r.out.WriteString(text)
	return r.store(m, c)
}

// nixBin is the folder of the real Nix to compare with: NIXOPS4_NIX, or "" when no comparison is asked for.
func nixBin(t testing.TB) string {
	t.Helper()
	bin := os.Getenv("NIXOPS4_NIX")
	if bin == "" {
		return ""
	}
	if _, err := os.Stat(filepath.Join(bin, "nix-instantiate")); err != nil {
		t.Fatalf("NIXOPS4_NIX: %v", err)
	}
	return bin
}
