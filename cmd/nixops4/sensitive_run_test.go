package main

// This file puts a secret through all that operations can do with one, and looks for it wherever something is shown, recorded or started.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// leaks are ways to get a secret out, as bodies of a function with ctx and the secret pw. Those that end in "!" fail.
var leaks = []struct{ name, body string }{
	{"returns", `return {"pw": pw, "list": [pw, {pw: pw}], "joined": "x" + pw + "y", "text": "%s" % pw, "struct": struct(pw = pw), "kind": type(pw)}`},
	{"returns text", `return ctx.exec(["cat"], stdin = pw).stdout`},
	{"returns lines", `return ctx.exec(["cat"], stdin = pw).stdout.split("\n")`},
	{"logs", `ctx.log.info("it is", pw, pw = pw, out = ctx.exec(["cat"], stdin = pw).stdout); ctx.log.debug(pw); ctx.log.warn(str(pw), repr(pw)); ctx.log.error([pw]); print(pw, (pw,))`},
	{"progress", `ctx.progress(1, 2, ctx.exec(["cat"], stdin = pw).stdout)`},
	{"formats", `return ["%s %r" % (pw, pw), "{} {!r}".format(pw, pw), str([pw]), repr({"a": pw}), ",".join([str(pw)])]`},
	{"encodes", `return [ctx.exec(["base64", "-w0"], stdin = pw).stdout, ctx.exec(["od", "-An", "-v", "-tx1"], stdin = pw).stdout.replace(" ", "").replace("\n", ""), json.encode({"x": ctx.exec(["cat"], stdin = pw).stdout})]`},
	{"refused json!", `json.encode({"x": pw})`},
	{"fails!", `fail("it is", pw, ctx.exec(["cat"], stdin = pw).stdout)`},
	{"refused argument!", `ctx.exec(["./spy", pw])`},
	{"refused joined argument!", `ctx.exec(["./spy", "--password=" + pw])`},
	{"environment", `return ctx.exec(["sh", "-c", "printf %s \"$PW\"; printf '%s\\n' \"$PW\" >&2"], env = {"PW": pw}).stdout`},
	{"file", `return ctx.exec(["cat", ctx.file.temp(pw)]).stdout`},
	{"written", `ctx.file.write("kept", pw); return [ctx.file.read("kept"), ctx.file.read("kept", secret = True)]`},
	{"spied", `return ctx.exec(["./spy", ctx.file.temp(pw)], stdin = pw, env = {"PW": pw}).stdout`},
	{"command fails!", `ctx.exec(["sh", "-c", "cat >&2; exit 3"], stdin = pw)`},
	{"command is not there!", `ctx.exec([ctx.exec(["cat"], stdin = pw).stdout])`},
	{"command is stopped!", `ctx.exec(["sh", "-c", "printf '%s\\n' \"$PW\" >&2; sleep 60"], env = {"PW": pw}, timeout = "300ms")`},
	{"wrong folder!", `ctx.exec(["true"], cwd = ctx.exec(["cat"], stdin = pw).stdout)`},
	{"secret output", `return ctx.exec(["cat"], stdin = pw, secret = True)`},
	{"http", `return ctx.http(URL, method = "POST", body = pw, headers = {"X-Key": ctx.secret("hdr-canary-9")}).body`},
	{"http json", `return ctx.http(URL, method = "POST", json = {"a": [pw]}).body`},
	{"http fails!", `ctx.http(URL + "/fail", method = "POST", body = pw)`},
	{"http is not there!", `ctx.http("http://127.0.0.1:1/" + ctx.exec(["cat"], stdin = pw).stdout)`},
	{"http url!", `ctx.http("http://127.0.0.1:1/" + pw)`},
	{"ssh argument!", `ctx.ssh("nowhere.invalid").run(["echo", pw])`},
	{"ssh input!", `ctx.ssh("nowhere.invalid", options = {"ProxyCommand": "sh -c 'cat >&2'"}, connect_timeout = 1).run(["cat"], stdin = pw)`},
	{"ssh put!", `ctx.ssh("nowhere.invalid", options = {"ProxyCommand": "false"}).put(pw, "/tmp/x")`},
	{"confirm!", `ctx.confirm("use %s?" % ctx.exec(["cat"], stdin = pw).stdout)`},
	{"prompt!", `ctx.prompt("not " + ctx.exec(["cat"], stdin = pw).stdout)`},
	{"retry!", `ctx.retry(lambda: fail(ctx.exec(["cat"], stdin = pw).stdout), n = 2, backoff = 0.01)`},
	{"wait!", `ctx.wait_until(lambda: fail(ctx.exec(["cat"], stdin = pw).stdout), timeout = 0.1, every = 0.05, what = ctx.exec(["cat"], stdin = pw).stdout)`},
	{"attempt", `return ctx.attempt(lambda: fail("x", ctx.exec(["cat"], stdin = pw).stdout)).error`},
	{"parallel", `return [(r.error, r.item) for r in ctx.parallel([pw, ctx.exec(["cat"], stdin = pw).stdout], lambda p: fail(p))]`},
	{"deferred!", `ctx.defer(lambda: fail("late", ctx.exec(["cat"], stdin = pw).stdout))`},
	{"key!", `return {}[pw]`},
	{"key of text!", `return {}[ctx.exec(["cat"], stdin = pw).stdout]`},
	{"number!", `return int(ctx.exec(["cat"], stdin = pw).stdout)`},
	{"index!", `return pw[0]`},
	{"length!", `return len(pw)`},
	{"order!", `return pw < ctx.secret("zzzz")`},
	{"attribute!", `return getattr(pw, "text")`},
	{"attribute of name!", `return getattr(ctx, ctx.exec(["cat"], stdin = pw).stdout)`},
	{"file name!", `return ctx.file.read("no-" + ctx.exec(["cat"], stdin = pw).stdout)`},
	{"archive!", `ctx.archive.list("no-" + ctx.exec(["cat"], stdin = pw).stdout)`},
	{"resource!", `ctx.resource("no." + json.encode(ctx.exec(["cat"], stdin = pw).stdout))`},
	{"nix", `return ctx.nix("{ a = members.pw.outputs.stdout; b = [ \"x${members.pw.outputs.stdout}\" ]; c = 1; }")`},
	{"nix throws!", `ctx.nix("throw \"it is ${members.pw.outputs.stdout}\"")`},
	{"nix traces", `return ctx.nix("builtins.trace members.pw.outputs.stdout 1")`},
	{"inputs", `return [ctx.resource("memo").inputs["initialize_with"], ctx.resource("page").inputs.contents]`},
	{"derived", `return [ctx.resource("memo").outputs.value, ctx.resource("after").outputs.value, ctx.resources("**")]`},
	{"events", `return [str(e) for e in ctx.events()]`},
	{"plan", `return [ctx.plan(), ctx.drift()]`},
	{"read", `return ctx.read("memo")`},
	{"call", `return [ctx.call("after", "reset", value = {"pw": pw}), ctx.resource("after").outputs.value]`},
	{"call fails!", `ctx.call("after", "nope", value = pw)`},
	{"apply", `ctx.call("memo", "reset", value = 1); return ctx.apply()`},
	{"compares", `return [pw == ctx.secret("other"), pw != pw, pw.matches("guess"), len(pw.sha256), bool(pw), {pw: 1} == {pw: 1}]`},
}

// canaryOperations writes the leaks as operations leak-N, one that tries all of them, and one that the secret is given to on the command line.
func canaryOperations(url string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "URL = %q\n", url)
	for i, leak := range leaks {
		fmt.Fprintf(&b, "def leak%d(ctx):\n    pw = ctx.resource(\"pw\").outputs.stdout\n    if ctx.dry_run and type(pw) != \"secret\": fail(\"no secret\")\n", i)
		fmt.Fprintf(&b, "    %s\n\noperation(name = \"leak-%d\", run = leak%d, writes = True)\n", leak.body, i, i)
	}
	b.WriteString("def all(ctx):\n    for leak in [")
	for i := range leaks {
		fmt.Fprintf(&b, "leak%d, ", i)
	}
	b.WriteString("]:\n        r = ctx.attempt(leak, ctx)\n        ctx.log.info(r, r.value, r.error)\n\noperation(name = \"all\", run = all, writes = True)\n")
	b.WriteString("operation(name = \"given\", run = lambda ctx, pw: fail(pw, ctx.exec([\"cat\"], stdin = pw).stdout), params = {\"pw\": param.secret()})\n")
	return b.String()
}

// canaryFakes is a test that fails with the secret in each of its messages.
const canaryFakes = `
def world():
    ctx = fake()
    pw = ctx.secret(PW)
    return fake(outputs = {"db": {"pw": pw, "deep": {"list": [pw]}}}, inputs = {"db": {"pw": pw}}, exec = {"cat": lambda c: c.stdin, "bad": lambda c: {"code": 1, "stderr": c.stdin}},
        ssh = {"*": lambda c: {"code": 1, "stderr": c.stdin}}, http = {"*": lambda r: {"code": 500, "body": r.body}}, nix = {"x": {"a": pw}}, methods = lambda m: m.arguments, yes = True)

def test_equal(): assert.eq(world().resource("db").outputs.pw, "guess")
def test_deep(): assert.eq(world().resource("db").outputs.deep, 1)
def test_input(): assert.eq(world().resource("db").inputs.pw, "guess")
def test_text():
    ctx = world()
    assert.eq(ctx.exec(["cat"], stdin = ctx.resource("db").outputs.pw).stdout, "guess")
def test_nix(): assert.eq(world().nix("x"), 1)
def test_effects():
    ctx = world()
    ctx.call("db", "m", pw = ctx.resource("db").outputs.pw)
    ctx.file.write("f", ctx.resource("db").outputs.pw)
    ctx.log.info(ctx.file.read("f"))
    assert.effects(ctx, [])
def test_no_fake():
    ctx = world()
    ctx.exec(["x", ctx.exec(["cat"], stdin = ctx.resource("db").outputs.pw).stdout])
def test_exec():
    ctx = world()
    ctx.exec(["bad"], stdin = ctx.resource("db").outputs.pw)
def test_ssh():
    ctx = world()
    ctx.ssh("h").run(["x"], stdin = ctx.resource("db").outputs.pw)
def test_http():
    ctx = world()
    ctx.http("http://h/", method = "POST", body = ctx.resource("db").outputs.pw)
def test_fails():
    ctx = world()
    assert.fails(lambda: fail(ctx.exec(["cat"], stdin = ctx.resource("db").outputs.pw).stdout), "something else")
def test_call():
    ctx = world()
    assert.contains(str(ctx.call("db", "m", pw = ctx.resource("db").outputs.pw)), "nothing")
`

// TestCanaryOperations looks for the secret in what operations print, in the events about them, and in the arguments of their programs.
func TestCanaryOperations(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fail" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprint(w, r.Header)
		_ = r.Write(w)
	}))
	t.Cleanup(server.Close)
	c := newCanaryRun(t)
	c.forms = append(c.forms, "hdr-canary-9")
	if err := os.Mkdir(filepath.Join(c.dir, "operations"), 0o777); err != nil {
		t.Fatal(err)
	}
	c.write("operations/leaks.star", canaryOperations(server.URL))
	c.write("operations/leaks_test.star", fmt.Sprintf("PW = json.decode(%q)\n", `"`+c.forms[3]+`"`)+canaryFakes)
	c.write("spy", "#!/bin/sh\ntr '\\0' ' ' < /proc/$$/cmdline >> argv\necho >> argv\ncat\nprintf %s \"$PW\"\n")
	if err := os.Chmod(filepath.Join(c.dir, "spy"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, ok := c.run("apply", "--yes"); !ok {
		t.Fatal(out)
	}
	for i, leak := range leaks {
		if testing.Short() && i%4 > 0 {
			continue
		}
		c.leak(leak.name, fmt.Sprint("leak-", i))
	}
	c.run("run", "all", "--dry-run", "-v")
	c.run("run", "all")
	c.run("run", "given", "--pw", "file:secret", "-v")
	if _, err := os.Stat(filepath.Join(c.dir, "argv")); err != nil && !testing.Short() {
		t.Errorf("the spy has not seen anything: %v", err)
	}
	c.run("test", "-v", "--junit", "junit.xml", "--coverage")
	for _, file := range []string{"argv", "junit.xml"} {
		text, _ := os.ReadFile(filepath.Join(c.dir, file)) // argv is not there in a short test
		c.look(file, string(text))
	}
	c.run("state", "events", "--operations")
	c.recorded()
}

// leak runs an operation, showing all that can be shown.
func (c *canaryRun) leak(name, operation string) {
	c.Helper()
	out, ok := c.run("run", operation, "-v", "--json", "--show-trace")
	if ok == strings.HasSuffix(name, "!") {
		c.Errorf("%s: succeeded: %v\n%s", name, ok, out)
	}
}

// recorded looks at the events about operations as they are in the file, where nothing masks them.
func (c *canaryRun) recorded() {
	c.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "state.json"))
	if err != nil {
		c.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"event":"run"`) {
			n++
			c.look("an event in state.json", line)
		}
	}
	if n < 10 {
		c.Errorf("got %d events about operations", n)
	}
}
