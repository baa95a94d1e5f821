package script

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTest runs tests of scripts, good and bad ones.
func TestTest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"ops.star": `
def backup(ctx, keep):
    db = ctx.resource("db").outputs
    ctx.exec(["pg_dump", "-h", db.host], env = {"PGPASSWORD": db.password}, stdout = "/backups/" + time.now().format("2006-01-02") + ".sql")
    for old in sorted(ctx.file.glob("/backups/*.sql"))[:-keep]:
        ctx.file.remove(old)
    ctx.ssh("standby").run(["systemctl", "restart", "postgresql"])
    if ctx.http("http://" + db.host + "/health").code != 200:
        fail("unhealthy")
    ctx.sleep("1h")
    ctx.call("db", "rotate", grace = 5)
    ctx.apply("db")
    return ctx.file.list("/backups")

operation(name = "backup", run = backup, params = {"keep": param.int(default = 2)}, needs = ["db"], writes = True)
`,
		"ops_test.star": `
load("ops.star", "backup")

def world(**more):
    return fake(
        outputs = {"db": {"host": "h", "password": "pw"}},
        files = {"/backups/2025-01-01.sql": "", "/backups/2025-02-01.sql": ""},
        exec = {"pg_dump -h h": "dump"},
        ssh = {"standby systemctl *": 0},
        http = {"GET http://h/health": {"code": 200}},
        clock = "2026-03-04T00:00:00Z", **more)

def test_backup():
    ctx = world()
    assert.eq(backup(ctx, keep = 2), ["2025-02-01.sql", "2026-03-04.sql"])
    assert.effects(ctx, [
        ("exec", ["pg_dump", "-h", "h"], ["PGPASSWORD"]),
        ("file.remove", "/backups/2025-01-01.sql"),
        ("ssh.run", "standby", ["systemctl", "restart", "postgresql"]),
        ("call", "db", "rotate", {"grace": 5}),
        ("apply", "db"),
    ])
    assert.eq(ctx.file.read("/backups/2026-03-04.sql"), "dump")

def test_wrong_effects():
    ctx = world()
    ctx.exec(["pg_dump", "-h", "h"])
    assert.effects(ctx, [("exec", ["pg_dump"])])

def test_no_fake():
    world().exec(["rm", "-rf", "/"])

def test_sequence():
    ctx = fake(exec = {"flaky": [1, {"code": 2, "stderr": "no"}, "fine"]})
    assert.eq([ctx.exec(["flaky"], check = False).code for i in range(4)], [1, 2, 0, 0])

def test_function():
    ctx = fake(exec = lambda command: command.stdin + command.env["A"], env = {"A": "a"})
    assert.eq(ctx.exec(["x"], stdin = "in", env = {"A": "b"}).stdout, "inb")

def test_answers():
    ctx = fake(answers = {"Name": "n", "Sure*": True}, nix = {"1 + 1": 2}, methods = {"db.m": 5}, outputs = {"db": {}})
    assert.eq((ctx.prompt("Name"), ctx.confirm("Sure?"), ctx.nix("1 + 1"), ctx.call("db", "m")), ("n", True, 2, 5))

def test_clock():
    ctx = fake(clock = "2026-01-01T00:00:00Z")
    assert.fails(lambda: ctx.wait_until(lambda: False, timeout = "1h", every = "1m"), "took longer than 1h")

def test_fails():
    assert.contains(assert.fails(lambda: fail("abc"), "b"), "abc")
    assert.fails(lambda: assert.eq(1, 2), "got:  1")
    assert.fails(lambda: fake().resource("x"), "no fake resource x")

def test_secrets():
    ctx = fake(
        outputs = {"db": {"password": secret("hunter2"), "deep": {"list": [1, secret("hunter3")]}}}, inputs = {"db": {"key": secret("hunter4")}},
        nix = {"x": {"a": [secret("hunter5")], "b": 2}},
    )
    db = ctx.resource("db")
    values = [db.outputs.password, db.outputs.deep["list"][1], db.inputs.key, ctx.nix("x")["a"][0]]
    assert.eq([type(v) for v in values], ["secret"] * 4)
    assert.eq(values[0], secret("hunter2"))
    assert.true(values[3].matches("hunter5"))
    assert.eq((db.outputs.deep["list"][0], ctx.nix("x")["b"]), (1, 2))

def test_deferred():
    seen = []
    def op(ctx):
        ctx.defer(seen.append, 1)
    run(op, fake())
    assert.eq(seen, [1])

def test_loops():
    while True:
        pass
`,
		"broken_test.star": "def test_x(): undefined_name",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	files, err := FindTests(dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("FindTests: got %v, %v", files, err)
	}
	report, err := Test(t.Context(), dir, files, TestOptions{Limits: Limits{Steps: 1_000_000}})
	if err != nil {
		t.Fatal(err)
	}
	wants := map[string]string{
		"(loading)":          "undefined: undefined_name",
		"test_wrong_effects": `effect 0 is not what was expected`,
		"test_no_fake":       `no fake for exec: rm -rf /; give fake(exec = {"rm -rf /": …})`,
		"test_loops":         "steps, which is the limit",
	}
	for _, r := range report.Results {
		want := wants[r.Name]
		if (r.Err == nil) != (want == "") || r.Err != nil && !strings.Contains(r.Err.Error(), want) {
			t.Errorf("%s: got %v, want %q", r.Name, r.Err, want)
		}
	}
	if len(report.Results) != 12 || report.Failed() != 4 {
		t.Errorf("got %d results, %d failed", len(report.Results), report.Failed())
	}
	if len(report.Coverage) != 1 || report.Coverage[0].File != "ops.star" || report.Coverage[0].Lines != 12 || len(report.Coverage[0].Missed) != 1 || report.Coverage[0].Missed[0] != 9 {
		t.Errorf("coverage: got %+v", report.Coverage)
	}
	xml, err := report.JUnit()
	if err != nil || !strings.Contains(string(xml), `<testsuites tests="12" failures="4"`) || !strings.Contains(string(xml), `<testcase name="test_backup" classname="ops_test"`) {
		t.Errorf("JUnit: %v\n%s", err, xml)
	}
	only, err := Test(t.Context(), dir, files[1:], TestOptions{Match: regexp.MustCompile("clock|answers")})
	if err != nil || len(only.Results) != 2 || only.Failed() != 0 {
		t.Errorf("matching: got %+v, %v", only.Results, err)
	}
}
