package script

// This file lists what each function of ctx does in the real world, and how it fails.

import (
	"slices"
	"strings"
	"testing"
)

// builtinCases are bodies of operations. URL is a server's.
var builtinCases = []struct{ name, body, want, fails string }{
	{name: "exec", body: `return ctx.exec(["sh", "-c", "echo $V; cat"], env = {"V": "v"}, stdin = "in").stdout`, want: `"v\nin"`},
	{name: "exec code", body: `r = ctx.exec(["sh", "-c", "echo no >&2; exit 3"], check = False)` + "\nreturn (r.ok, r.code, r.stderr, bool(r))", want: `(False, 3, "no\n", False)`},
	{name: "exec fails", body: `ctx.exec(["sh", "-c", "echo why >&2; exit 3"])`, fails: `ctx.exec: sh -c 'echo why >&2; exit 3' ended with code 3: why`},
	{name: "exec signal", body: `ctx.exec(["sh", "-c", "kill -9 $$"])`, fails: `was ended by signal 9`},
	{name: "exec nothing", body: `ctx.exec(["no-such-program"])`, fails: `there is no program "no-such-program" in PATH`},
	{name: "exec empty", body: `ctx.exec([])`, fails: `argv: it is empty`},
	{name: "exec string", body: `ctx.exec("ls")`, fails: `argv: want a list such as ["ls", "-l"], got string`},
	{name: "exec nul", body: `ctx.exec(["a\x00b"])`, fails: `a string holds a NUL character`},
	{name: "exec timeout", body: `ctx.exec(["sleep", "60"], timeout = 0.2)`, fails: `sleep did not end within 200ms`},
	{name: "exec cwd", body: `ctx.file.mkdir("sub")` + "\n" + `return ctx.exec(["pwd"], cwd = "sub").stdout.strip().endswith("/sub")`, want: `True`},
	{name: "exec to file", body: `ctx.exec(["echo", "x"], stdout = "out")` + "\n" + `return ctx.file.read("out")`, want: `"x\n"`},
	{name: "exec keeps file", body: `ctx.file.write("out", "old")` + "\n" + `ctx.exec(["sh", "-c", "echo new; exit 1"], stdout = "out", check = False)` + "\n" + `return ctx.file.read("out")`, want: `"old"`},
	{name: "exec environment", body: `return "NIXOPS4_TEST_HIDDEN" in ctx.exec(["env"]).stdout`, want: `False`},
	{name: "http", body: `return ctx.http("URL/", headers = {"X-Key": ctx.secret("k3yk3y")}).body`, want: `"GET k3yk3y"`},
	{name: "http json", body: `r = ctx.http("URL/json")` + "\n" + `return (r.json["n"], r.code, r.headers["content-type"])`, want: `(1, 200, "application/json")`},
	{name: "http fails", body: `ctx.http("URL/missing")`, fails: `/missing: the answer is 404 Not Found: nothing here`},
	{name: "http unchecked", body: `return ctx.http("URL/missing", check = False).code`, want: `404`},
	{name: "http scheme", body: `ctx.http("file:///etc/passwd")`, fails: `is not a URL of http or https`},
	{name: "file", body: `a = ctx.file.write("d/f", "one")` + "\n" + `b = ctx.file.write("d/f", "one")` + "\n" + `return (a, b, ctx.file.read("d/f"), ctx.file.exists("d/f"), ctx.file.stat("d/f").size, ctx.file.glob("d/*"), ctx.file.glob("**/f"), ctx.file.list("d"))`,
		want: `(True, False, "one", True, 3, ["d/f"], ["d/f"], ["f"])`},
	{name: "file hash", body: `ctx.file.write("f", "abc")` + "\n" + `return (ctx.file.hash("f")[:8], ctx.file.hash("f", "md5")[:8])`, want: `("ba7816bf", "90015098")`},
	{name: "file default", body: `return ctx.file.read("no", default = "d")`, want: `"d"`},
	{name: "file missing", body: `ctx.file.read("no")`, fails: `there is no file no`},
	{name: "file remove", body: `ctx.file.write("d/f", "")` + "\n" + `return (ctx.file.remove("d", recursive = True), ctx.file.remove("d"), ctx.file.stat("d"))`, want: `(True, False, None)`},
	{name: "file project", body: `ctx.file.remove("..", recursive = True)`, fails: `holds the project; that is never removed`},
	{name: "file secret mode", body: `ctx.file.write("s", ctx.secret("hush-hush"))` + "\n" + `return ctx.file.stat("s").mode == 0o600`, want: `True`},
	{name: "file copy", body: `ctx.file.write("a", "1")` + "\n" + `ctx.file.copy("a", "b")` + "\n" + `ctx.file.move("b", "c")` + "\n" + `return (ctx.file.read("c"), ctx.file.exists("b"))`, want: `("1", False)`},
	{name: "archive", body: `ctx.file.write("d/f", "x")` + "\n" + `ctx.archive.create("a.tgz", ["d"])` + "\n" + `ctx.archive.extract("a.tgz", "to")` + "\n" + `return (ctx.archive.list("a.tgz"), ctx.file.read("to/d/f"))`, want: `(["d/", "d/f"], "x")`},
	{name: "archive outside", body: `ctx.archive.create("a.tar", ["../x"])`, fails: `../x is not below .`},
	{name: "env", body: `return ctx.env("SHOWN", default = "none")`, want: `"none"`},
	{name: "env hidden", body: `ctx.env("HOME")`, fails: `the operation may not read the variable HOME: add env = ["HOME"] to its declaration at op.star:4`},
	{name: "parallel", body: "def f(i):\n    if i == 2: fail(\"two\")\n    return i * i\n" + `return [(r.ok, r.value, r.item, r.error) for r in ctx.parallel([1, 2, 3], f, limit = 2)]`, want: `[(True, 1, 1, None), (False, None, 2, "two"), (True, 9, 3, None)]`},
	{name: "attempt", body: `r = ctx.attempt(lambda: fail("x"))` + "\n" + `return (r.ok, r.error, ctx.attempt(lambda a: a, 1).value)`, want: `(False, "x", 1)`},
	{name: "retry", body: "tries = []\ndef f():\n    tries.append(1)\n    if len(tries) < 3: fail(\"again\")\n    return len(tries)\n" + `return ctx.retry(f, n = 5, backoff = 0.01)`, want: `3`},
	{name: "retry fails", body: `ctx.retry(lambda: fail("never"), n = 2, backoff = 0.01)`, fails: "never"},
	{name: "timeout", body: `ctx.timeout(0.1, lambda: ctx.sleep(60))`, fails: `lambda took longer than 100ms`},
	{name: "timeout goes on", body: `r = ctx.attempt(lambda: ctx.timeout(0.1, lambda: ctx.sleep(60)))` + "\n" + `return (r.ok, ctx.exec(["echo", "on"]).stdout)`, want: `(False, "on\n")`},
	{name: "timeout value", body: `return ctx.timeout("10s", lambda a: a + 1, 1)`, want: `2`},
	{name: "wait_until", body: "n = []\ndef f():\n    n.append(1)\n    return len(n) > 2 and \"there\"\n" + `return ctx.wait_until(f, every = 0.01)`, want: `"there"`},
	{name: "wait_until fails", body: `ctx.wait_until(lambda: False, timeout = 0.05, every = 0.01, what = "a sign")`, fails: `waiting for a sign took longer than 50ms`},
	{name: "confirm", body: `ctx.confirm("Really?")`, fails: `nobody can answer "Really?"`},
	{name: "confirm default", body: `return ctx.confirm("Really?", default = True)`, want: `True`},
	{name: "prompt default", body: `return ctx.prompt("Name", default = "n")`, want: `"n"`},
	{name: "fail", body: `fail("no", 1, code = 4)`, fails: `no 1`},
	{name: "no deployment", body: `ctx.resource("a")`, fails: `there is no deployment here`},
	{name: "unknown", body: `ctx.exce(["ls"])`, fails: `ctx has no "exce", did you mean "exec"?`},
	{name: "ssh host", body: `ctx.ssh("-oProxyCommand=x")`, fails: `is not the name of a host`},
	{name: "secret in JSON", body: `json.encode({"a": ctx.secret("hush-hush")})`, fails: `JSON would show a secret; give it to ctx.http with json = …`},
	{name: "secret in http json", body: `ctx.http("URL/", method = "POST", json = {"a": ctx.secret("hush-hush")}, check = False)` + "\n" + `return 1`, want: `1`},
	{name: "modules", body: `return (json.decode("[1]"), math.floor(1.5), time.parse_duration("1m").seconds, struct(a = 1).a)`, want: `([1], 1, 60.0, 1)`},
	{name: "file tempdir", body: "d = ctx.file.tempdir()\nctx.file.write(d + \"/f\", \"x\")\nreturn (ctx.file.list(d), ctx.file.stat(d).kind, ctx.file.stat(d).mode == 0o700)", want: `(["f"], "dir", True)`},
	{name: "file tempdir arguments", body: `ctx.file.tempdir(1)`, fails: `got 1 arguments, want at most 0`},
	{name: "file temp", body: "f = ctx.file.temp(\"x\", suffix = \".txt\")\nreturn (ctx.file.read(f), f.endswith(\".txt\"), ctx.file.stat(f).mode == 0o600)", want: `("x", True, True)`},
	{name: "file temp number", body: `ctx.file.temp(1)`, fails: `content: want a string, a secret or bytes, got int`},
	{name: "file write below a file", body: "ctx.file.write(\"f\", \"\")\nctx.file.write(\"f/g\", \"\")", fails: `f/g: not a directory`},
	{name: "file write over a folder", body: "ctx.file.mkdir(\"d\")\nctx.file.write(\"d\", \"\")", fails: `d: file exists`},
	{name: "file read folder", body: `ctx.file.read(".")`, fails: `.: it is not a file`},
	{name: "file read large", body: "ctx.exec([\"truncate\", \"-s\", \"17M\", \"f\"])\nctx.file.read(\"f\")", fails: `f has more than 16777216 bytes, which is the limit`},
	{name: "file exists nothing", body: `ctx.file.exists()`, fails: `missing argument for path`},
	{name: "file stat below a file", body: "ctx.file.write(\"f\", \"\")\nctx.file.stat(\"f/g\")", fails: `f/g: not a directory`},
	{name: "file list nothing", body: `ctx.file.list("no")`, fails: `there is no file no`},
	{name: "file glob bad", body: `ctx.file.glob("[")`, fails: `"[" is not a pattern`},
	{name: "file hash algorithm", body: `ctx.file.hash("f", "crc")`, fails: `want sha256, sha512, sha1 or md5, not "crc"`},
	{name: "file hash nothing", body: `ctx.file.hash("no")`, fails: `there is no file no`},
	{name: "file mkdir", body: `ctx.file.mkdir("a/b")` + "\n" + `ctx.file.mkdir("a/b")` + "\n" + `return ctx.file.stat("a/b").kind`, want: `"dir"`},
	{name: "file mkdir over a file", body: "ctx.file.write(\"f\", \"\")\nctx.file.mkdir(\"f\")", fails: `f: not a directory`},
	{name: "file copy nothing", body: `ctx.file.copy("no", "x")`, fails: `there is no file no`},
	{name: "file move nothing", body: `ctx.file.move("no", "x")`, fails: `there is no file no`},
	{name: "file remove full folder", body: "ctx.file.write(\"d/f\", \"\")\nctx.file.remove(\"d\")", fails: `d: directory not empty`},
	{name: "archive nothing", body: `ctx.archive.create("a.tar", ["no"])`, fails: `there is no file no`},
	{name: "archive list nothing", body: `ctx.archive.list("no.tar")`, fails: `there is no file no.tar`},
	{name: "archive not compressed", body: "ctx.file.write(\"a.tgz\", \"plain\")\nctx.archive.list(\"a.tgz\")", fails: `a.tgz: `},
	{name: "archive extract nonsense", body: "ctx.file.write(\"a.tar\", \"x\" * 600)\nctx.archive.extract(\"a.tar\", \"to\")", fails: `a.tar: `},
	{name: "http both", body: `ctx.http("URL/", method = "POST", body = "x", json = 1)`, fails: `body and json exclude each other`},
	{name: "http slow", body: `ctx.http("URL/slow", timeout = 0.2)`, fails: `200ms`},
	{name: "http large", body: `ctx.http("URL/large")`, fails: `the body has more than 16777216 bytes, which is the limit`},
	{name: "http redirect", body: `return (ctx.http("URL/redirect").body, ctx.http("URL/redirect", redirects = False, check = False).code)`, want: `("GET ", 302)`},
	{name: "http certificates", body: "ctx.file.write(\"ca\", \"x\")\nctx.http(\"URL/\", ca = \"ca\")", fails: `ca: ca has no certificates in PEM form`},
	{name: "http header", body: `ctx.http("URL/", headers = {"a": 1})`, fails: `headers: want strings or secrets`},
	{name: "http secret", body: `return ctx.http("URL/", secret = True).body`, want: Hidden},
	{name: "http refused", body: `ctx.http("http://127.0.0.1:1/")`, fails: `GET http://127.0.0.1:1/: dial tcp 127.0.0.1:1: connect: connection refused`},
	{name: "env unset", body: `ctx.env("SHOWN")`, fails: `the environment has no variable SHOWN`},
	{name: "secret", body: `return (ctx.secret("hunter2") == ctx.secret("hunter2"), ctx.secret("hunter2").matches("hunter2"), str(ctx.secret("hunter2")), ctx.secret("abcd").sha256[:8])`, want: `(True, True, "(sensitive)", "88d4266f")`},
	{name: "secret number", body: `ctx.secret(1)`, fails: `text: want a string, got int`},
	{name: "secret order", body: `return ctx.secret("a") < ctx.secret("b")`, fails: `secrets can be compared with == and != only`},
	{name: "parallel limit", body: `ctx.parallel([1], print, limit = 0)`, fails: `limit: want at least 1, got 0`},
	{name: "attempt nothing", body: `ctx.attempt(1)`, fails: `want a function, got int`},
	{name: "retry never", body: `ctx.retry(print, n = 0)`, fails: `want n and factor of at least 1, and durations`},
	{name: "timeout nothing", body: `ctx.timeout(0, print)`, fails: `want a duration above zero, got 0s`},
	{name: "wait_until wrong", body: `ctx.wait_until(print, every = -1)`, fails: `want durations above zero`},
	{name: "sleep", body: `return ctx.sleep("10ms")`, want: `None`},
	{name: "sleep wrong", body: `ctx.sleep("soon")`, fails: `want a duration such as 90s, 5m, 1h30m or 7d, not "soon"`},
	{name: "defer", body: `return ctx.defer(print)`, want: `None`},
	{name: "defer nothing", body: `ctx.defer()`, fails: `want a function`},
	{name: "prompt", body: `ctx.prompt("Name")`, fails: `nobody can answer "Name"`},
	{name: "log", body: "ctx.log.debug(1)\nctx.log.info(a = 1)\nctx.log.warn()\nctx.log.error(\"x\", y = [1])\nreturn ctx.progress(1, 2, \"x\")", want: `None`},
	{name: "progress wrong", body: `ctx.progress("a", 2)`, fails: `for parameter done: got string, want int`},
	{name: "ssh", body: `return str(ctx.ssh("h", user = "u", port = 22, jump = "j", sudo = True, options = {"A": "b"}))`, want: `"ssh(\"h\")"`},
	{name: "resources without a deployment", body: `ctx.resources()`, fails: `there is no deployment here`},
	{name: "events without a deployment", body: `ctx.events()`, fails: `there is no deployment here`},
	{name: "plan without a deployment", body: `ctx.plan()`, fails: `there is no deployment here`},
	{name: "drift without a deployment", body: `ctx.drift()`, fails: `there is no deployment here`},
	{name: "nix without a deployment", body: `ctx.nix("1")`, fails: `there is no deployment here`},
	{name: "apply without a deployment", body: `ctx.apply()`, fails: `there is no deployment here`},
	{name: "replace without a deployment", body: `ctx.replace("a")`, fails: `there is no deployment here`},
	{name: "read without a deployment", body: `ctx.read("a")`, fails: `there is no deployment here`},
	{name: "destroy without a deployment", body: `ctx.destroy("a")`, fails: `there is no deployment here`},
	{name: "call without a deployment", body: `ctx.call("a", "m")`, fails: `there is no deployment here`},
}

// TestBuiltinsTested checks that there is a case for each function of ctx, and one of a failure.
func TestBuiltinsTested(t *testing.T) {
	t.Parallel()
	// Those that need a deployment are tested with one, in cmd/nixops4/testdata; what only tells something does not fail.
	deployment := []string{"resource", "resources", "events", "plan", "drift", "nix", "apply", "replace", "read", "destroy", "call"}
	for _, f := range Functions() {
		var works, fails bool
		for _, c := range builtinCases {
			if strings.Contains(c.body, "ctx."+f.Name+"(") {
				works, fails = works || c.fails == "", fails || c.fails != ""
			}
		}
		if !works && !slices.Contains(deployment, f.Name) {
			t.Errorf("ctx.%s has no case where it works", f.Name)
		}
		if !fails && !strings.HasPrefix(f.Name, "log.") {
			t.Errorf("ctx.%s has no case where it fails", f.Name)
		}
	}
}
