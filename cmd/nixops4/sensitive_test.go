package main

// This file looks for a secret in everything that commands print and save, when all goes well and when it does not.

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// canary is a secret that is hard to hide: quotes, escapes, characters of HTML and of Nix strings.
const canary = `k9-canary"quo'te\back ${x} <&é> end7`

// canaryRoot has a secret, pw, that comes from a file, and resources made from it. The file "mode" says what the provider of "use" does with it.
const canaryRoot = `
let
  nixops4 = import <nixops4> { };
  mode = nixops4.lib.std.removeSuffix "\n" (builtins.readFile ./mode);
in
nixops4.lib.mkRoot {
  modules = [
    ({ members, providers, lib, ... }: let
      secret = members.pw.outputs.stdout;
      text = { inherit secret; json = builtins.toJSON { a = [ secret ]; }; part = "user:${builtins.substring 0 12 secret}"; };
      fake = inputs: { type = providers.fake.thing; state = members.store; inherit inputs; };
      programs = {
        ok = "ok";
        logs = "stderr=it is ${secret}, really;ok";
        refuses = "stderr=it is ${secret};error=cannot use ${secret} here";
        half = "half-done=made ${secret}";
        garbles = "text={\"createResourceResponse\":{\"outputProperties\":[\"${secret}\"]}}";
        noise = "text=${secret}";
        crashes = "stderr=about to die of ${secret};exit=3";
        killed = "partial=dying of ${secret};signal=KILL";
        cut = "stderr=${secret};cut";
      };
      broken = {
        throws = throw "no ${secret}";
        aborts = abort "no ${secret}";
        asserts = assert builtins.trace "is it ${secret}?" false; "x";
        adds = 1 + secret;
        selects = secret.nothing;
        calls = secret 1;
        store = builtins.toFile "x" secret;
        builds = "${derivation { name = "d"; system = "s"; builder = "b"; env = secret; }}";
        names.${secret} = 1;
        reads = builtins.readFile "/nonexistent/${secret}";
        context = builtins.addErrorContext "while looking at ${secret}" (throw "no");
        traces = builtins.traceVerbose secret (builtins.trace secret (builtins.warn secret "fine"));
        converts = builtins.fromJSON secret;
        matches = builtins.match secret "x";
      };
    in {
      providers.local = nixops4.modules.nixops4Provider.local;
      providers.fake = {
        executable = "nixops4-fake-provider";
        resourceTypes.thing = {
          requireState = true;
          inputs.options = { fake = lib.mkOption { }; password = lib.mkOption { }; };
          outputs.options.password = lib.mkOption { } // { sensitive = true; };
        };
      };
      members = {
        store = { type = providers.local.state_file; inputs.name = "state.json"; };
        pw = {
          type = providers.local.exec;
          state = members.store;
          inputs = { executable = "cat"; args = [ "secret" ]; };
          sensitiveOutputs = [ "stdout" ];
        };
        memo = { type = providers.local.memo; state = members.store; inputs.initialize_with = text; };
        after = { type = providers.local.memo; state = members.store; inputs.initialize_with = members.memo.outputs.value; };
        page = { type = providers.local.file; state = members.store; inputs = { name = "page"; contents = "line one\npassword ${secret}\nline three\n"; }; };
        shown = { type = providers.local.exec; inputs = { executable = "sh"; args = [ "-c" "printf '%s\\n' \"$1\"; printf '%s\\n' \"$1\" >&2" "sh" secret ]; }; };
      } // lib.optionalAttrs (programs ? ${mode}) {
        use = fake { fake = programs.${mode}; password = secret; };
      } // lib.optionalAttrs (broken ? ${mode}) {
        broken = { type = providers.local.memo; state = members.store; inputs.initialize_with = broken.${mode}; };
      } // lib.optionalAttrs (mode == "argument") {
        argument = { type = providers.local.memo; state = members.store; inputs.initialize_with = 1; provider.args = lib.mkForce [ secret ]; };
      } // lib.optionalAttrs (mode == "kind") {
        kind.members.${secret} = { };
      };
    })
  ];
}
`

// canaryRun is a project with the secret.
type canaryRun struct {
	*testing.T
	dir   string
	forms []string
}

func newCanaryRun(t *testing.T) *canaryRun {
	t.Helper()
	c := &canaryRun{T: t, dir: t.TempDir()}
	c.write("nixops4.nix", canaryRoot)
	c.write("secret", canary)
	c.mode("ok")
	quoted, err := json.Marshal(canary)
	if err != nil {
		t.Fatal(err)
	}
	c.forms = []string{
		canary, canary[:12], canary[16:], strings.Trim(string(quoted), `"`), fmt.Sprintf("%q", canary), url.QueryEscape(canary),
		base64.StdEncoding.EncodeToString([]byte(canary)), hex.EncodeToString([]byte(canary)),
	}
	return c
}

func (c *canaryRun) write(name, text string) {
	c.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}
}

func (c *canaryRun) mode(name string) { c.write("mode", name) }

// run runs nixops4 and looks at what it prints. It returns that, and whether the command succeeded.
func (c *canaryRun) run(args ...string) (output string, ok bool) {
	c.Helper()
	cmd := exec.Command("nixops4", args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "TERM=dumb", "NIXOPS4_DEBUG=1")
	text, err := cmd.CombinedOutput()
	c.look(strings.Join(args, " "), string(text))
	return string(text), err == nil
}

func (c *canaryRun) look(where, text string) {
	c.Helper()
	for _, form := range c.forms {
		if i := strings.Index(text, form); i >= 0 {
			mode, _ := os.ReadFile(filepath.Join(c.dir, "mode")) // for the message only
			c.Errorf("mode %s: %s: the secret shows as %q:\n…%s", mode, where, form, text[max(0, i-300):min(len(text), i+100)])
			return
		}
	}
}

// looks runs commands that only look: those that show most, or all.
func (c *canaryRun) looks(all bool) {
	c.Helper()
	commands := []string{"plan -v", "plan --json --refresh", "drift --json", "state dump", "state events --json"}
	if all {
		commands = []string{
			"plan -v", "plan --json", "plan --refresh", "plan --out saved.json", "plan --replace memo --replace page -v", "drift -v", "drift --json",
			"state list --json", "state show pw", "state show memo --json", "state show page", "state show use", "state dump", "state events",
			"state events --json", "members list", "check --json", "import use x",
		}
	}
	for _, command := range commands {
		c.run(strings.Fields(command)...)
	}
	if text, err := os.ReadFile(filepath.Join(c.dir, "saved.json")); err == nil {
		c.look("saved.json", string(text))
	}
}

// TestCanary puts a secret through all commands.
func TestCanary(t *testing.T) {
	t.Parallel()
	c := newCanaryRun(t)
	c.looks(false) // before there is anything
	out, ok := c.run("apply", "--yes", "-v")
	if !ok || !strings.Contains(out, "created") {
		t.Fatalf("apply:\n%s", out)
	}
	text, err := os.ReadFile(filepath.Join(c.dir, "page"))
	if err != nil || !strings.Contains(string(text), canary) {
		t.Errorf("the provider got no secret: %q, %v", text, err)
	}
	c.looks(true)
	if shown, _ := c.run("state", "show", "pw"); !strings.Contains(shown, "stdout = (sensitive)") {
		t.Errorf("state show:\n%s", shown)
	}
	c.reveals()
	if out, ok := c.run("apply", "saved.json", "--yes"); !ok {
		t.Errorf("the saved plan does not hold:\n%s", out)
	}
	c.write("page", "something else, and "+canary+"!\n")
	c.looks(false)
	c.run("apply", "--refresh", "--yes", "--log-format", "json", "-v")
	c.run("plan", "--replace", "pw", "--out", "saved.json")
	c.write("secret", strings.ToUpper(canary)+"2")
	c.forms = append(c.forms, strings.ToUpper(canary[:12]))
	c.run("apply", "saved.json", "--yes", "--log-format", "json")
	c.looks(false)
	c.run("state", "mv", "memo", "other")
	c.looks(false)
	c.run("state", "forget", "after")
	c.run("apply", "--yes", "--log-format", "json")
	c.run("destroy")
	c.write("nixops4.nix", "broken")
	c.run("state", "show", "pw", "--state", "state.json")
	c.run("state", "events", "--json", "--state", "state.json")
	c.run("destroy", "--yes", "--state", "state.json", "-v", "--log-format", "json")
	c.run("state", "events", "--json", "--state", "state.json")
	c.run("state", "compact", "--state", "state.json")
	c.run("state", "dump", "--state", "state.json")
}

// reveals checks that the secret can be asked for.
func (c *canaryRun) reveals() {
	c.Helper()
	for _, command := range []string{"state show pw --json --reveal", "state dump --reveal", "state events --json --reveal"} {
		cmd := exec.Command("nixops4", strings.Fields(command)...)
		cmd.Dir = c.dir
		text, err := cmd.Output()
		if err != nil || !strings.Contains(string(text), canary[:9]) || strings.Contains(string(text), `"(sensitive)"`) {
			c.Errorf("%s: %v\n%s", command, err, text)
		}
	}
}

// TestCanaryFailures lets providers and evaluation fail over a secret.
func TestCanaryFailures(t *testing.T) {
	t.Parallel()
	modes := []string{
		"logs", "refuses", "half", "garbles", "noise", "crashes", "killed", "cut",
		"throws", "aborts", "asserts", "adds", "selects", "calls", "store", "builds", "names", "reads", "context", "traces", "converts", "matches", "argument", "kind",
	}
	succeed := []string{"logs", "traces"}
	if testing.Short() {
		modes = []string{"refuses", "crashes", "throws", "store"}
	}
	c := newCanaryRun(t)
	if out, ok := c.run("apply", "--yes"); !ok {
		t.Fatal(out)
	}
	for _, mode := range modes {
		c.mode(mode)
		for _, command := range []string{"plan", "apply --yes --log-format json --show-trace"} {
			out, ok := c.run(strings.Fields(command)...)
			if want := slices.Contains(succeed, mode) || command == "plan"; !ok && want && mode == "logs" || ok && !want {
				t.Errorf("mode %s: %s: succeeded: %v\n%s", mode, command, ok, out)
			}
			if mode == "store" && command != "plan" && !strings.Contains(out, "a string made from the secret pw.stdout cannot be put into the Nix store") {
				t.Errorf("the error does not name the output:\n%s", out)
			}
		}
		c.run("state", "resolve", "use", "--forget")
	}
	c.run("state", "events", "--json")
}
