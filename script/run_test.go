package script

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.starlark.net/starlark"
)

// rig runs scripts that tests write down.
type rig struct {
	dir     string
	options Options

	mu  sync.Mutex // guards log
	log []string
}

func newRig(t testing.TB) *rig {
	r := &rig{dir: t.TempDir()}
	r.options = Options{
		World: &System{Dir: r.dir}, Limits: Limits{Time: 20 * time.Second, Cleanup: 5 * time.Second}, Mask: &Mask{},
		Log: func(level, text string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.log = append(r.log, level+": "+text)
		},
	}
	return r
}

func (r *rig) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.log, "\n")
}

// body runs the body of a function that takes ctx.
func (r *rig) body(t testing.TB, ctx context.Context, body string) (*Result, error) {
	t.Helper()
	source := "def run(ctx):\n    " + strings.ReplaceAll(strings.TrimSpace(body), "\n", "\n    ") + "\n\noperation(name = \"op\", run = run, env = [\"SHOWN\"], writes = True)\n"
	return r.source(t, ctx, source, nil)
}

func (r *rig) source(t testing.TB, ctx context.Context, source string, args Args) (*Result, error) {
	t.Helper()
	file := filepath.Join(r.dir, "op.star")
	if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	p, err := NewProject(r.dir, r.options.Limits, nil)
	if err != nil {
		t.Fatal(err)
	}
	ops, err := p.Load(ctx, file)
	if err != nil {
		return &Result{Value: starlark.None}, err
	}
	return Run(ctx, p, ops[0], args, r.options)
}

// TestBuiltins runs functions of ctx in the real world.
func TestBuiltins(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/json":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"n": 1}`)
		case "/redirect":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/slow":
			<-r.Context().Done()
		case "/large":
			for range 20 {
				_, _ = w.Write(make([]byte, 1<<20))
			}
		case "/missing":
			http.Error(w, "nothing here", http.StatusNotFound)
		default:
			fmt.Fprint(w, r.Method, " ", r.Header.Get("X-Key"))
		}
	}))
	t.Cleanup(server.Close)
	for _, tt := range builtinCases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := newRig(t).body(t, t.Context(), strings.ReplaceAll(tt.body, "URL", server.URL))
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Fatalf("got error %v, want %q", err, tt.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Value.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestErrors checks how a script's error looks.
func TestErrors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.source(t, t.Context(), "def inner(x):\n\treturn [y.z for y in x]\n\ndef run(ctx):\n    inner([1])\n\noperation(name = \"op\", run = run)\n", nil)
	want := "op.star:2:11: int has no .z field or method\n  2 | \treturn [y.z for y in x]\n    | \t         ^\n  called from op.star:5:10 in run"
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
	for source, want := range map[string]string{
		"def f(:\n":       "op.star:1:8: got ':', want ')'\n  1 | def f(:\n    |        ^",
		"x = 1\ny = zz":   "op.star:2:5: undefined: zz\n  2 | y = zz\n    |     ^",
		"ctx.exec(['x'])": "op.star:1:1: undefined: ctx\n  1 | ctx.exec(['x'])\n    | ^",
	} {
		if _, err := r.source(t, t.Context(), source, nil); err == nil || err.Error() != want {
			t.Errorf("%q: got:\n%v\nwant:\n%s", source, err, want)
		}
	}
	_, err = r.body(t, t.Context(), `fail("done", code = 7)`)
	var e *Error
	if !errors.As(err, &e) || e.ExitCode() != 7 {
		t.Errorf("got %v, want exit code 7", err)
	}
}

// hostile scripts use too much of everything. Each has to be stopped with a clear error, and leave the process able to go on.
var hostile = []struct{ name, source, want string }{
	{"loop", `while True: pass`, "steps, which is the limit"},
	{"loop in parallel", "def f(i):\n    while True: pass\nctx.parallel(range(8), f)", "steps, which is the limit"},
	{"string of 2 GB", `x = "a" * (2 * 1000 * 1000 * 1000)`, "too large"},
	{"string in place", "x = \"a\" * 1000000\nx *= 100000", "too large"},
	{"string doubled", "x = \"a\"\nwhile True: x = x + x", "too large"},
	{"string doubled in place", "x = \"a\"\nwhile True: x += x", "too large"},
	{"list", `x = [0] * (1 << 30)`, "too large"},
	{"list in place", "x = [0]\nwhile True: x += x", "limit"},
	{"list of strings", "x = []\nwhile True: x.append(\"a\" * 1000000 + str(len(x)))", "of memory"},
	{"dict", "x = {}\nfor i in range(10000000): x[i] = str(i) * 20", "limit"},
	{"join", `x = ("a" * 1000000).join(["b"] * 1000000)`, "too large"},
	{"join of shared", `x = "".join(["a" * 1000000] * 1000000)`, "too large"},
	{"replace", `x = ("a" * 1000000).replace("a", "b" * 1000000)`, "too large"},
	{"format", `x = ("{0}" * 10000).format("b" * 1000000)`, "too large"},
	{"percent", "x = \"a\" * 10000000\nfor i in range(100): x = \"%s%s\" % (x, x)", "too large"},
	{"str of shared", "x = [1]\nfor i in range(100): x = [x, x]\ny = str(x)", "too large"},
	{"print of shared", "x = [1]\nfor i in range(100): x = [x, x]\nprint(x)", "too large"},
	{"log of shared", "x = [1]\nfor i in range(100): x = [x, x]\nctx.log.info(\"x\", x = x)", "too large"},
	{"json of shared", "x = [1]\nfor i in range(100): x = [x, x]\njson.encode(x)", "too large"},
	{"numbers", "x = 3\nwhile True: x = x * x", "too large"},
	{"range", `list(range(1 << 40))`, "too large"},
	{"range walked", `max(range(1 << 40))`, "too large"},
	{"recursion", "def f(n): return f(n + 1)\nf(0)", "called recursively"},
	{"recursion through parallel", "def f(g): return ctx.parallel([g], g)[0]\nf(f)", "deep"},
	{"function that refers to itself", "def f(i): return f\nctx.parallel([1], f)", "refers to itself"},
	{"deep value frozen", "x = []\nfor i in range(900000): x = [x]\nctx.parallel([x], print)", "deep"},
	{"deep value", "x = []\nfor i in range(1000000): x = [x]\nstr(x)", "deep"},
	{"deep result", "x = []\nfor i in range(100000): x = [x]\nreturn x", "deep"},
	{"deep json", `json.decode("[" * 10000000)`, "deep"},
	{"hash of deep value", "x = ()\nfor i in range(1000000): x = (x,)\ny = {x: 1}", "too large"},
	{"output", `ctx.exec(["sh", "-c", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done"])`, "bytes to its output, which is the limit"},
	{"processes", `ctx.exec(["sh", "-c", "i=0; while [ $i -lt 10000 ]; do sleep 60 & i=$((i+1)); done; wait"])`, "more than the limit of"},
	{"processes of daemons", `ctx.exec(["sh", "-c", "i=0; while [ $i -lt 10000 ]; do setsid sleep 60 & i=$((i+1)); done; wait"])`, "more than the limit of"},
	{"deferred", "while True: ctx.defer(print)", "deferred"},
	{"deferred again", "def again(): ctx.defer(again)\nagain()", "go on to defer others"},
	{"hash of shared tuples", "x = (1,)\nfor i in range(100): x = (x, x)\ny = {x: 1}", "too large"},
	{"hash of joined tuples", "x = (1,)\nfor i in range(100): x = (x,) + (x,)\ny = {x: 1}", "too large"},
	{"hash of zipped tuples", "x = (1,)\nfor i in range(100): x = zip([x], [x])[0]\ny = {x: 1}", "too large"},
	{"hash of tuples made of lists", "x = (1,)\nfor i in range(100): x = tuple([x, x])\ny = {x: 1}", "too large"},
	{"hash of shared structs", "x = 1\nfor i in range(100): x = struct(a = x, b = x)\ny = {x: 1}", "too large"},
	{"fail of shared", "x = [1]\nfor i in range(100): x = [x, x]\nfail(x)", "too large"},
	{"split", `x = ("a" * 16000000).split("a")`, "too large"},
	{"splitlines", `x = ("\n" * 16000000).splitlines()`, "too large"},
	{"elements of a string", `x = list(("a" * 16000000).elems())`, "too large"},
	{"zip", "r = range(1000000)\nx = zip(*([r] * 1000))", "too many"},
	{"json of many", `x = json.decode("[" + "1," * 5000000 + "1]")`, "too large"},
	{"json with a wide margin", `x = json.encode_indent([1] * 100000, indent = "a" * 1000000)`, "too many"},
	{"file without end", `ctx.file.read("/dev/zero")`, "it is not a file"},
	{"pipe that nobody writes to", "ctx.exec([\"mkfifo\", \"pipe\"])\nctx.file.hash(\"pipe\")", "it is not a file"},
}

func TestHostile(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.options.Limits = Limits{Steps: 20_000_000, Time: 60 * time.Second, Memory: 400 << 20, Text: 16 << 20, Elements: 1_000_000, Output: 1 << 20, Processes: 50, Cleanup: time.Second}
			began := time.Now()
			result, err := r.body(t, t.Context(), tt.source)
			text := fmt.Sprint(err)
			if err == nil {
				text = result.Value.String()
			}
			if !strings.Contains(text, tt.want) {
				t.Errorf("got %.500s, want %q", text, tt.want)
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("stopped after %s", took)
			}
		})
	}
}

// TestContained tries to get out: what a script has not been given it cannot reach.
func TestContained(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ source, want string }{
		"open":              {`open("/etc/passwd")`, "undefined: open"},
		"import":            {`__import__("os")`, "undefined: __import__"},
		"eval":              {`eval("1")`, "undefined: eval"},
		"operators by name": {`getattr(ctx, "*")`, `ctx has no "*"`},
		"environment":       {`ctx.env("HOME")`, "may not read the variable HOME"},
		"environment of a program": {
			`fail(ctx.exec(["sh", "-c", "echo [$NIXOPS4_TEST_HIDDEN]"]).stdout)`, "[]",
		},
		"ssh option":           {`ctx.ssh("-oProxyCommand=touch x").run(["true"])`, "is not the name of a host"},
		"ssh user":             {`ctx.ssh("h", user = "-oProxyCommand=touch x", options = {"ProxyCommand": "false"}).run(["true"])`, "ssh"},
		"url of a file":        {`ctx.http("file:///etc/passwd")`, "is not a URL of http or https"},
		"shell in an argument": {`fail(ctx.exec(["echo", "$(id)", ";", "id"]).stdout)`, "$(id) ; id"},
		"shell on a host":      {`ctx.ssh("h", options = {"ProxyCommand": "false"}).run(["echo", "$(id)"])`, `echo '$(id)'`},
		"remove all":           {`ctx.file.remove("/", recursive = True)`, "that is never removed"},
		"remove the project":   {`ctx.file.remove(".", recursive = True)`, "that is never removed"},
		"call from the top":    {`ctx.nope()`, `ctx has no "nope"`},
		"change a frozen list": {"l = []\ndef f(i): l.append(i)\nfail(ctx.parallel([1], f)[0].error)", "frozen"},
		"change outputs":       {"ctx.file = 1", "can't assign to .file field"},
		"run what is no list":  {`ctx.exec({"a": 1}["b"])`, "not in dict"},
		"exit code":            {`fail("x", code = 0)`, "code is from 1 to 255"},
		"suffix":               {`ctx.file.temp("x", suffix = "/../../x")`, "cannot be the end of a name"},
		"mode":                 {`ctx.file.write("x", "", mode = 0o4755)`, "mode: want a number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			result, err := r.body(t, t.Context(), tt.source)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v, want an error with %q", result.Value, err, tt.want)
			}
			if _, err := os.Stat(filepath.Join(r.dir, "x")); err == nil {
				t.Error("the file x was made")
			}
		})
	}
}

// TestArchiveEscapes unpacks files that want to be elsewhere.
func TestArchiveEscapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		header tar.Header
		want   string
	}{
		{"up", tar.Header{Name: "../out", Typeflag: tar.TypeReg}, `"../out" would be outside of to`},
		{"absolute", tar.Header{Name: "/tmp/nixops4-out", Typeflag: tar.TypeReg}, "would be outside of to"},
		{"link", tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: ".."}, `"l" is neither a file nor a folder`},
		{"hard link", tar.Header{Name: "l", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}, "is neither a file nor a folder"},
		{"device", tar.Header{Name: "d", Typeflag: tar.TypeBlock}, "is neither a file nor a folder"},
		{"through a link that is there", tar.Header{Name: "link/out", Typeflag: tar.TypeReg}, "escapes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			outside := t.TempDir()
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			if err := errors.Join(
				os.Mkdir(filepath.Join(r.dir, "to"), 0o777), os.Symlink(outside, filepath.Join(r.dir, "to/link")),
				w.WriteHeader(&tt.header), w.Close(), os.WriteFile(filepath.Join(r.dir, "a.tar"), b.Bytes(), 0o666),
			); err != nil {
				t.Fatal(err)
			}
			_, err := r.body(t, t.Context(), `ctx.archive.extract("a.tar", "to")`)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			for _, file := range []string{filepath.Join(r.dir, "out"), filepath.Join(outside, "out"), "/tmp/nixops4-out"} {
				if _, err := os.Lstat(file); err == nil {
					t.Errorf("%s was written", file)
				}
			}
		})
	}
}

// TestCancel cancels in the middle of each function that waits. No process may be left, and what was deferred must be done.
func TestCancel(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(server.Close)
	for name, body := range map[string]string{
		"exec":       `ctx.exec(["sh", "-c", "sleep 987 & sleep 987"])`,
		"stubborn":   `ctx.exec(["sh", "-c", "trap '' TERM; sleep 987; sleep 987"])`,
		"daemon":     `ctx.exec(["sh", "-c", "setsid sh -c 'sleep 987; sleep 987' & env -i setsid sleep 987 & sleep 987"])`,
		"many":       `ctx.exec(["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do (trap '' TERM; sleep 987 & sleep 987) & done; wait"])`,
		"zombies":    `ctx.exec(["sh", "-c", "for i in 1 2 3; do sh -c 'sleep 0.01 & exec sleep 987' & done; wait"])`,
		"http":       `ctx.http("` + server.URL + `", timeout = "1h")`,
		"sleep":      `ctx.sleep(987)`,
		"parallel":   `ctx.parallel(range(5), lambda i: ctx.exec(["sleep", "987"]))`,
		"retry":      `ctx.retry(lambda: fail("x"), n = 100, backoff = 987)`,
		"timeout":    `ctx.timeout(987, lambda: ctx.exec(["sleep", "987"]))`,
		"wait_until": `ctx.wait_until(lambda: False, timeout = 987)`,
		"attempt":    "while True: ctx.attempt(lambda: ctx.sleep(987))",
		"loop":       `while True: pass`,
		"ssh":        `ctx.ssh("h", options = {"ProxyCommand": "sleep 987"}, connect_timeout = 987).run(["true"])`,
		"ssh put":    `ctx.ssh("h", options = {"ProxyCommand": "sleep 987"}, connect_timeout = 987).put(ctx.secret("x"), "x")`,
		"hash":       "ctx.exec([\"truncate\", \"-s\", \"999G\", \"f\"])\nctx.file.hash(\"f\")",
		"archive":    "ctx.exec([\"truncate\", \"-s\", \"999G\", \"f\"])\nctx.archive.create(\"a.tgz\", [\"f\"])",
		"ssh get":    `ctx.ssh("h", options = {"ProxyCommand": "sleep 987"}, connect_timeout = 987).get("x", "x")`,
		"copy":       "ctx.exec([\"truncate\", \"-s\", \"8G\", \"f\"])\nwhile True: ctx.file.copy(\"f\", \"g\")",
		"extract":    "ctx.exec([\"truncate\", \"-s\", \"20M\", \"f\"])\nctx.archive.create(\"a.tar\", [\"f\"])\nwhile True: ctx.archive.extract(\"a.tar\", \"to\")",
		"glob":       "while True: ctx.file.glob(\"/usr/**/nope\")",
		"confirm":    `ctx.confirm("Sure?")`,
		"prompt":     `ctx.prompt("Name", secret = True)`,
		"deferred":   `ctx.defer(ctx.sleep, 0.01)` + "\nctx.sleep(987)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.options.World.(*System).AskFn = func(ctx context.Context, _ Question) (string, error) {
				<-ctx.Done()
				return "", ErrInterrupted
			}
			ctx, cancel := context.WithCancel(t.Context())
			marker := filepath.Join(r.dir, "marker")
			time.AfterFunc(400*time.Millisecond, cancel)
			began := time.Now()
			_, err := r.body(t, ctx, "ctx.defer(ctx.file.write, "+fmt.Sprintf("%q", marker)+", \"deferred\")\n"+body)
			if !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "interrupted") {
				t.Errorf("got %v, want an interruption", err)
			}
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("it took %s", took)
			}
			if text, err := os.ReadFile(marker); err != nil || string(text) != "deferred" {
				t.Errorf("the deferred function did not run: %v", err)
			}
			if left := childrenIn(r.dir); len(left) > 0 {
				t.Errorf("processes are left: %v", left)
			}
		})
	}
}

// childrenIn returns the processes whose working directory is dir.
func childrenIn(dir string) []string {
	entries, _ := os.ReadDir("/proc")
	var found []string
	for _, e := range entries {
		if cwd, err := os.Readlink("/proc/" + e.Name() + "/cwd"); err == nil && cwd == dir && e.Name() != fmt.Sprint(os.Getpid()) {
			found = append(found, e.Name())
		}
	}
	return slices.DeleteFunc(found, func(pid string) bool { return strings.Contains(pid, "self") })
}

// TestSecrets looks for the text of a secret wherever a script can put it.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const canary = "canary-4711-\"quoted\"\nsecond-line-of-canary"
	source := `
def run(ctx, password):
    ctx.log.info("plain", password, password = password, list = [password], text = "%s" % password, repr = repr(password), joined = "x" + password)
    print(password, {"k": password})
    r = ctx.exec(["cat"], stdin = password)
    ctx.log.warn(r.stdout)
    ctx.log.info(r)
    ctx.exec(["sh", "-c", "printf '%s\\n' \"$P\" >&2"], env = {"P": password})
    ctx.log.info(ctx.exec(["base64", "-w0"], stdin = password).stdout)
    ctx.exec(["sh", "-c", "cat " + ctx.file.temp(password)])
    refused = ctx.attempt(lambda: ctx.exec(["echo", password]))
    ctx.log.info(refused.error)
    failed = ctx.attempt(lambda: ctx.exec(["sh", "-c", "cat >&2; exit 1"], stdin = password))
    ctx.log.info(failed.error)
    ctx.log.info(ctx.attempt(lambda: fail("bad", password)).error)
    ctx.log.info(ctx.attempt(lambda: {}[password]).error)
    ctx.log.info(ctx.attempt(lambda: [1][r.stdout]).error)
    ctx.log.info(json.encode({"a": r.stdout}))
    if password == ctx.secret("other") or not password.matches(r.stdout):
        fail("comparison")
    if MODE == "fail":
        fail("the password is " + r.stdout)
    return {"password": password, "out": r.stdout, r.stdout: 1, "hash": len(password.sha256)}
MODE = "THE_MODE"
operation(name = "op", run = run, params = {"password": param.secret()})
`
	for _, mode := range []string{"return", "fail"} {
		r := newRig(t)
		result, err := r.source(t, t.Context(), strings.Replace(source, "THE_MODE", mode, 1), Args{"password": starlark.String(canary)})
		if (mode == "fail") != (err != nil) {
			t.Fatalf("%s: got error %v", mode, err)
		}
		text, jsonErr := result.JSON(r.options.Mask)
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		all := r.logged() + fmt.Sprint(err) + string(text) + result.Text(r.options.Mask) + fmt.Sprint(result.Args)
		for _, form := range []string{"canary-4711", "second-line-of-canary", "Y2FuYXJ5LTQ3MTEt"} {
			if strings.Contains(all, form) {
				t.Errorf("%s: %q shows in:\n%s", mode, form, all)
			}
		}
		if !strings.Contains(all, Hidden) {
			t.Errorf("%s: nothing is hidden in:\n%s", mode, all)
		}
	}
}

// TestDryRun runs effects that must not happen.
func TestDryRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.options.DryRun = true
	result, err := r.body(t, t.Context(), `
ctx.file.write("f", "x")
seen = ctx.file.read("f")
r = ctx.exec(["touch", "g"], dry_stdout = "out")
look = ctx.exec(["echo", "hi"], reads = True)
ctx.ssh("host").run(["reboot"])
ctx.http("http://127.0.0.1:1/", method = "POST")
ctx.archive.create("a.tar", ["f"])
ctx.file.mkdir("d")
ctx.sleep(1000)
ctx.confirm("sure?")
return (seen, r.stdout, r.dry, r.changed, look.stdout, look.dry, ctx.dry_run)`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := result.Value.String(), `("x", "out", True, False, "hi\n", False, True)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want := `dry: would write 1 bytes to f
dry: would run touch g
debug: run echo hi
dry: would run on host: reboot
dry: would send POST http://127.0.0.1:1/
dry: would write the archive a.tar with f
dry: would make the folder d
dry: would wait for 16m40s`
	if got := r.logged(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	entries, _ := os.ReadDir(r.dir)
	if len(entries) != 1 {
		t.Errorf("something was written: %v", entries)
	}
}

// TestLoad checks where scripts can be loaded from.
func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	write("outside.star", "x = 1")
	write("p/lib/a.star", "load('b.star', 'b')\na = b + 1")
	write("p/lib/b.star", "b = 1")
	write("p/c1.star", "load('c2.star', 'x')")
	write("p/c2.star", "load('c1.star', 'x')")
	if err := os.Symlink(filepath.Join(dir, "outside.star"), filepath.Join(dir, "p/link.star")); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		`load("//lib/a.star", "a")`:               "",
		`load("lib/a.star", "a")`:                 "",
		`load("//../outside.star", "x")`:          "outside of the project",
		`load("../outside.star", "x")`:            "outside of the project",
		`load("/etc/passwd.star", "x")`:           "want a path from the project on",
		`load("https://example.org/x.star", "x")`: "not from the network",
		`load("//link.star", "x")`:                "is a link that leads out of the project",
		`load("//lib/bb.star", "b")`:              `there is no such file, did you mean "b.star"?`,
		`load("//lib/b.star", "nope")`:            "nope not found in module",
		`load("//c1.star", "x")`:                  "scripts load each other: c1.star -> c2.star -> c1.star",
		`load("//lib/b", "x")`:                    "ends in .star",
	} {
		write("p/main.star", source)
		p, err := NewProject(filepath.Join(dir, "p"), Limits{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Load(t.Context(), filepath.Join(p.Dir, "main.star"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", source, err, want)
		}
	}
}

// TestDeclarations checks what operation(…) refuses.
func TestDeclarations(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`operation(name = "A b", run = lambda ctx: 1)`:                                                             "a name consists of lower case letters",
		`operation(name = "a", run = lambda: 1)`:                                                                   "it has to take ctx",
		`operation(name = "a", run = lambda ctx: 1, params = {"x": param.int()})`:                                  "does not take the parameter x",
		`operation(name = "a", run = lambda ctx, x: 1)`:                                                            "takes x, which is not in params",
		`operation(name = "a", run = lambda ctx, x: 1, params = {"x": 1})`:                                         "want param.string(…)",
		`operation(name = "a", run = lambda ctx, json: 1, params = {"json": param.int()})`:                         "has a flag --json already",
		`operation(name = "a", run = lambda ctx, x: 1, params = {"x": param.int(default = "a")})`:                  "default: want int, got string",
		`operation(name = "a", run = lambda ctx, x: 1, params = {"x": param.int(default = 0, min = 1)})`:           "default: want at least 1",
		`operation(name = "a", run = lambda ctx, x: 1, params = {"x": param.enum(["ab", "cd"], default = "abb")})`: `want ab or cd, did you mean "ab"?`,
		`operation(name = "a", run = lambda ctx, x: 1, params = {"x": param.duration(default = "7x")})`:            "want a duration",
		`operation(name = "a", run = lambda ctx: 1, needs = ["a..b"])`:                                             "needs: invalid path",
		"operation(name = \"a\", run = lambda ctx: 1)\noperation(name = \"a\", run = lambda ctx: 1)":               "is declared already, at op.star:1",
		`operation(name = "a", run = lambda ctx: 1, timeout = -1)`:                                                 "want a duration above zero",
	} {
		if _, err := newRig(t).source(t, t.Context(), source, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", source, err, want)
		}
	}
}

// TestParams reads values as a command line has them.
func TestParams(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pw"), []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	from := Source{Dir: dir, Env: func(name string) (string, bool) { return "from-env", name == "PW" }, Stdin: func() (string, error) { return "from-stdin\n", nil }}
	for _, tt := range []struct {
		param Param
		text  string
		want  string // the value, or the error after "!"
	}{
		{Param{Kind: "string"}, "a b", `"a b"`},
		{Param{Kind: "int"}, "12", "12"},
		{Param{Kind: "int"}, "1.5", "!want a whole number"},
		{Param{Kind: "int", Min: starlark.MakeInt(3)}, "2", "!want at least 3"},
		{Param{Kind: "int", Max: starlark.MakeInt(3)}, "4", "!want at most 3"},
		{Param{Kind: "float"}, "1.5", "1.5"},
		{Param{Kind: "float"}, "nan", "!want a number"},
		{Param{Kind: "bool"}, "true", "True"},
		{Param{Kind: "bool"}, "maybe", "!want true or false"},
		{Param{Kind: "enum", Values: []string{"a", "b"}}, "b", `"b"`},
		{Param{Kind: "enum", Values: []string{"fast", "slow"}}, "fst", `!want fast or slow, did you mean "fast"?`},
		{Param{Kind: "list", Of: &Param{Kind: "int"}}, "1,2", "[1, 2]"},
		{Param{Kind: "list", Of: &Param{Kind: "int"}}, "1,x", `!"x": want a whole number`},
		{Param{Kind: "duration"}, "1h30m", "1h30m0s"},
		{Param{Kind: "duration"}, "7d", "168h0m0s"},
		{Param{Kind: "duration"}, "1d12h", "36h0m0s"},
		{Param{Kind: "duration"}, "soon", "!want a duration such as 90s, 5m, 1h30m or 7d, not \"soon\""},
		{Param{Kind: "path"}, "x/../y", `"` + filepath.Join(dir, "y") + `"`},
		{Param{Kind: "secret"}, "file:pw", Hidden},
		{Param{Kind: "secret"}, "env:PW", Hidden},
		{Param{Kind: "secret"}, "stdin", Hidden},
		{Param{Kind: "secret"}, "hunter2", "!want file:PATH, env:NAME or stdin, because others can see the command line"},
		{Param{Kind: "secret"}, "env:NO", "!the environment has no variable NO"},
	} {
		v, err := tt.param.Parse(tt.text, from)
		got := ""
		if err != nil {
			got = "!" + err.Error()
		} else {
			got = v.String()
		}
		if got != tt.want {
			t.Errorf("%s %q: got %s, want %s", tt.param.Kind, tt.text, got, tt.want)
		}
	}
}

// TestDeferred checks the order of deferred functions, and that errors in them do not keep the others from running.
func TestDeferred(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.body(t, t.Context(), "ctx.defer(print, \"first\")\nctx.defer(lambda: fail(\"in between\"))\nctx.defer(print, \"last\")\nfail(\"the reason\")")
	if got, want := r.logged(), "info: last\ninfo: first"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err == nil || !strings.Contains(err.Error(), "the reason") || !strings.Contains(err.Error(), "in between") {
		t.Errorf("got %v, want both errors", err)
	}
}

// TestWrites checks that only operations that say so may act.
func TestWrites(t *testing.T) {
	t.Parallel()
	_, err := newRig(t).source(t, t.Context(), "operation(name = \"op\", run = lambda ctx: ctx.apply())", nil)
	if err == nil || !strings.Contains(err.Error(), "operation op may not act on the deployment, because it does not say so: add writes = True to its declaration at op.star:1") {
		t.Errorf("got %v", err)
	}
}

// TestAPI checks that every function is documented.
func TestAPI(t *testing.T) {
	t.Parallel()
	text := API()
	for _, f := range Functions() {
		if !strings.Contains(text, "\nctx."+f.Name+"(") || len(f.Doc) < 10 || !strings.HasSuffix(strings.TrimSpace(f.Doc), ".") {
			t.Errorf("%s is not documented", f.Name)
		}
	}
	for name := range testBuiltins() {
		if !strings.Contains(text, "\n"+name+"(") && name != "assert" {
			t.Errorf("%s is not documented", name)
		}
	}
	for _, kind := range Kinds {
		if !strings.Contains(text, "\nparam."+kind+"(") {
			t.Errorf("param.%s is not documented", kind)
		}
	}
	for name := range asserts {
		if !strings.Contains(text, " "+name+"(") && !strings.Contains(text, "assert."+name) && !strings.Contains(text, " "+name+",") {
			t.Errorf("assert.%s is not documented", name)
		}
	}
}

func BenchmarkParallel(b *testing.B) {
	r := newRig(b)
	for b.Loop() {
		began := time.Now()
		if _, err := r.body(b, b.Context(), `ctx.parallel(range(1000), lambda i: ctx.sleep(0.01), limit = 50)`); err != nil {
			b.Fatal(err)
		}
		ideal := 1000 / 50 * 10 * time.Millisecond
		b.ReportMetric(float64(time.Since(began))/float64(ideal), "x-ideal")
	}
}
