package script

// This file holds the fakes that tests of scripts get instead of the world and a deployment.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// fakeWorld is a World for tests. Files are real ones, in a folder of the test.
type fakeWorld struct {
	run   *run
	dir   string
	env   map[string]string
	exec  *fakeRules
	ssh   *fakeRules
	http  *fakeRules
	mu    sync.Mutex // guards the rest
	now   time.Time
	asked *fakeRules
}

// fakeRules answer calls. The first pattern that matches does.
type fakeRules struct {
	what  string // for messages: the argument of fake
	rules []fakeRule
	fn    starlark.Callable // answers all calls, when not nil
	mu    sync.Mutex        // guards used
	used  map[int]int       // how often a rule was used
}

type fakeRule struct {
	pattern string
	answer  starlark.Value
}

func newFakeRules(what string, v starlark.Value) (*fakeRules, error) {
	rules := &fakeRules{what: what, used: map[int]int{}}
	switch v := v.(type) {
	case nil, starlark.NoneType:
	case starlark.Callable:
		rules.fn = v
	case *starlark.Dict:
		for _, item := range v.Items() {
			pattern, ok := starlark.AsString(item[0])
			if !ok {
				return nil, fmt.Errorf("%s: a pattern is a string, not %s", what, item[0].Type())
			}
			rules.rules = append(rules.rules, fakeRule{pattern, item[1]})
		}
	default:
		return nil, fmt.Errorf("%s: want a dict of patterns and answers, or a function, got %s", what, v.Type())
	}
	return rules, nil
}

// answer returns what is to be answered to a call.
func (f *fakeRules) answer(ctx context.Context, r *run, text string, details *record) (starlark.Value, error) {
	if f.fn != nil {
		return r.start(&frame{run: r, ctx: ctx}, f.fn, starlark.Tuple{details}, nil)
	}
	for i, rule := range f.rules {
		if !matchText(rule.pattern, text) {
			continue
		}
		switch v := rule.answer.(type) {
		case starlark.Callable:
			return r.start(&frame{run: r, ctx: ctx}, v, starlark.Tuple{details}, nil)
		case *starlark.List:
			f.mu.Lock()
			n := f.used[i]
			f.used[i]++
			f.mu.Unlock()
			if v.Len() == 0 {
				return starlark.None, nil
			}
			return v.Index(min(n, v.Len()-1)), nil
		}
		return rule.answer, nil
	}
	return nil, fmt.Errorf("no fake for %s: %s; give fake(%s = {%s: …})", f.what, text, f.what, starlark.String(text))
}

// matchText matches a pattern in which * stands for any text.
func matchText(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// field returns a field of what a fake answers, a struct or a dict.
func field(v starlark.Value, name string) starlark.Value {
	switch v := v.(type) {
	case *starlarkstruct.Struct:
		found, err := v.Attr(name)
		if err == nil {
			return found
		}
	case *record:
		if found, ok := v.fields[name]; ok {
			return found
		}
	case *starlark.Dict:
		if found, ok, err := v.Get(starlark.String(name)); ok && err == nil {
			return found
		}
	}
	return nil
}

func fieldText(v starlark.Value, name string) string {
	text, _ := textOf(orNone(field(v, name)))
	return text
}

func orNone(v starlark.Value) starlark.Value {
	if v == nil {
		return starlark.None
	}
	return v
}

func fieldInt(v starlark.Value, name string, fallback int) int {
	if i, ok := field(v, name).(starlark.Int); ok {
		if n, ok := i.Int64(); ok {
			return int(n)
		}
	}
	return fallback
}

// Exec answers with what the test gave: a text is the output, a number the code, and a struct or a dict has code, stdout and stderr.
func (w *fakeWorld) Exec(ctx context.Context, c Command) (Outcome, error) {
	stdin := ""
	if c.Stdin != nil {
		text, err := io.ReadAll(c.Stdin)
		if err != nil {
			return Outcome{}, err
		}
		stdin = string(text)
	}
	argv := make([]starlark.Value, len(c.Args))
	for i, arg := range c.Args {
		argv[i] = starlark.String(arg)
	}
	rules, text := w.exec, shellWords(c.Args)
	if c.Host != "" {
		rules, text = w.ssh, c.Host+" "+c.Remote
	}
	env := starlark.NewDict(len(c.Env))
	for _, name := range sortedKeys(c.Env) {
		_ = env.SetKey(starlark.String(name), starlark.String(c.Env[name])) // a new dict takes any string
	}
	details := newRecord("command", "argv", starlark.NewList(argv), "host", starlark.String(c.Host), "command", starlark.String(c.Remote), "stdin", starlark.String(stdin),
		"env", env, "cwd", starlark.String(w.run.shown(c.Dir)))
	v, err := rules.answer(ctx, w.run, text, details)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	switch v := v.(type) {
	case starlark.NoneType:
	case starlark.String:
		out.Stdout = string(v)
	case starlark.Int:
		n, _ := v.Int64()
		out.Code = int(n)
	default:
		out = Outcome{Code: fieldInt(v, "code", 0), Stdout: fieldText(v, "stdout"), Stderr: fieldText(v, "stderr")}
		if text := fieldText(v, "error"); text != "" {
			return out, errors.New(text)
		}
	}
	if c.Stdout != nil {
		_, err = io.WriteString(c.Stdout, out.Stdout)
		out.Stdout = ""
	}
	return out, err
}

// HTTP answers with what the test gave: a text is the body, a number the code, and a struct or a dict has code, body, headers and json.
func (w *fakeWorld) HTTP(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	headers := starlark.NewDict(len(r.Header))
	for _, name := range sortedKeys(r.Header) {
		_ = headers.SetKey(starlark.String(strings.ToLower(name)), starlark.String(r.Header.Get(name))) // a new dict takes any string
	}
	details := newRecord("request", "method", starlark.String(r.Method), "url", starlark.String(r.URL.String()), "body", starlark.String(body), "headers", headers)
	v, err := w.http.answer(r.Context(), w.run, r.Method+" "+r.URL.String(), details)
	if err != nil {
		return nil, err
	}
	code, text, answer := 200, "", http.Header{}
	switch v := v.(type) {
	case starlark.NoneType:
	case starlark.String:
		text = string(v)
	case starlark.Int:
		n, _ := v.Int64()
		code = int(n)
	default:
		if text := fieldText(v, "error"); text != "" {
			return nil, errors.New(text)
		}
		code, text = fieldInt(v, "code", 200), fieldText(v, "body")
		if j := field(v, "json"); j != nil {
			encoded, err := toJSON(j)
			if err != nil {
				return nil, err
			}
			text = string(encoded)
			answer.Set("Content-Type", "application/json")
		}
		if given, ok := field(v, "headers").(*starlark.Dict); ok {
			for key, value := range given.Entries() {
				name, _ := starlark.AsString(key)
				content, _ := textOf(value)
				answer.Set(name, content)
			}
		}
	}
	return &http.Response{StatusCode: code, Header: answer, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// Path leads into the folder of the test.
func (w *fakeWorld) Path(path string) string {
	if strings.HasPrefix(path, w.dir+"/") || path == w.dir {
		return filepath.Clean(path)
	}
	if !strings.HasPrefix(path, "/") {
		path = "/project/" + path
	}
	return filepath.Join(w.dir, filepath.Clean(path))
}

// Getenv has only what the test gave.
func (w *fakeWorld) Getenv(name string) (string, bool) {
	value, ok := w.env[name]
	return value, ok
}

// Now is the clock of the test.
func (w *fakeWorld) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Sleep advances the clock.
func (w *fakeWorld) Sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	return stopReason(ctx)
}

// Ask answers with what the test gave.
func (w *fakeWorld) Ask(ctx context.Context, q Question) (string, error) {
	if len(w.asked.rules) == 0 && w.asked.fn == nil {
		return "", ErrNobody
	}
	v, err := w.asked.answer(ctx, w.run, q.Text, newRecord("question", "text", starlark.String(q.Text)))
	if err != nil {
		return "", err
	}
	if b, ok := v.(starlark.Bool); ok {
		return map[bool]string{true: "yes", false: "no"}[bool(b)], nil
	}
	text, _ := textOf(v)
	return text, nil
}

// fakeDeployment is a Deployment for tests.
type fakeDeployment struct {
	run       *run
	resources map[string]*Resource
	inputs    map[string]map[string]rawJSON
	// secretInputs are places of inputs by the path of the resource.
	secretInputs map[string][][]string
	nix          *fakeRules
	methods      *fakeRules
	events       []Event
}

// Resource returns what the test gave.
func (d *fakeDeployment) Resource(_ context.Context, path addrPath) (*Resource, error) {
	r, ok := d.resources[path.String()]
	if !ok {
		return nil, fmt.Errorf("no fake resource %s; give fake(outputs = {%q: {…}})", path, path.String())
	}
	return r, nil
}

// Resources lists them.
func (d *fakeDeployment) Resources(context.Context) ([]addrPath, error) {
	var paths []addrPath
	for _, r := range d.resources {
		paths = append(paths, r.Path)
	}
	slices.SortFunc(paths, addrPath.Compare)
	return paths, nil
}

// Inputs returns what the test gave.
func (d *fakeDeployment) Inputs(_ context.Context, path addrPath) (map[string]rawJSON, [][]string, error) {
	return d.inputs[path.String()], d.secretInputs[path.String()], nil
}

// Events returns what the test gave.
func (d *fakeDeployment) Events(_ context.Context, path addrPath) ([]Event, error) {
	var found []Event
	for _, e := range d.events {
		if path.IsRoot() || e.Path == path.String() {
			found = append(found, e)
		}
	}
	return found, nil
}

// Eval answers with what the test gave.
func (d *fakeDeployment) Eval(ctx context.Context, expr string) (rawJSON, [][]string, error) {
	v, err := d.nix.answer(ctx, d.run, expr, newRecord("expression", "text", starlark.String(expr)))
	if err != nil {
		return nil, nil, err
	}
	text, err := toJSON(v)
	return text, secretsIn(v, d.run.mask), err
}

// Call answers with what the test gave for PATH.METHOD; without a fake the result is None.
func (d *fakeDeployment) Call(ctx context.Context, path addrPath, method string, args map[string]rawJSON) (rawJSON, error) {
	if len(d.methods.rules) == 0 && d.methods.fn == nil {
		return nil, nil
	}
	given := starlark.NewDict(len(args))
	for _, name := range sortedKeys(args) {
		v, err := fromJSON(args[name], marks{})
		if err != nil {
			return nil, err
		}
		_ = given.SetKey(starlark.String(name), v) // a new dict takes any string
	}
	v, err := d.methods.answer(ctx, d.run, path.String()+"."+method, newRecord("method", "path", starlark.String(path.String()), "name", starlark.String(method), "arguments", given))
	if err != nil {
		return nil, err
	}
	return toJSON(v)
}

// Plan finds nothing to do.
func (d *fakeDeployment) Plan(_ context.Context, paths []addrPath, _ bool) ([]Change, error) {
	return changesOf(paths, "none"), nil
}

// Apply, Read and Destroy are recorded as effects, and do nothing.
func (d *fakeDeployment) Apply(_ context.Context, paths, _ []addrPath) ([]Change, error) {
	return changesOf(paths, "update"), nil
}
func (d *fakeDeployment) Read(_ context.Context, paths []addrPath) ([]Change, error) {
	return changesOf(paths, "none"), nil
}
func (d *fakeDeployment) Destroy(_ context.Context, paths []addrPath) ([]Change, error) {
	return changesOf(paths, "delete"), nil
}

func changesOf(paths []addrPath, action string) []Change {
	changes := make([]Change, len(paths))
	for i, path := range paths {
		changes[i] = Change{path, action}
	}
	return changes
}

// newFakeDir makes the folder of a test with its files.
func newFakeDir(files *starlark.Dict) (string, error) {
	dir, err := os.MkdirTemp("", "nixops4-test-")
	if err != nil {
		return "", err
	}
	w := &fakeWorld{dir: dir}
	if err := errors.Join(os.MkdirAll(w.Path(""), 0o777), os.MkdirAll(w.Path("/tmp"), 0o777)); err != nil || files == nil {
		return dir, err
	}
	for key, value := range files.Entries() {
		path, ok := starlark.AsString(key)
		text, ok2 := textOf(value)
		if !ok || !ok2 {
			return dir, fmt.Errorf("files: want paths and contents, got %s: %s", key.Type(), value.Type())
		}
		if err := os.MkdirAll(filepath.Dir(w.Path(path)), 0o777); err != nil {
			return dir, err
		}
		if err := os.WriteFile(w.Path(path), []byte(text), 0o666); err != nil {
			return dir, err
		}
	}
	return dir, nil
}
