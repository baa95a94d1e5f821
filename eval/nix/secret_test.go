package nix_test

import (
	"context"
	"strings"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
)

// evaluateSecret evaluates an expression in which pw is a secret.
func evaluateSecret(t *testing.T, expr string) string {
	t.Helper()
	m := nix.New(nix.Options{Options: eval.Options{Features: []string{"flakes", "fetch-tree"}}, Offline: true})
	scope := m.AttrsOf(map[string]eval.Value{
		"pw": eval.StringWithContext("hunter2", eval.NewContext(eval.SecretElem("db", "password"))),
	})
	var out string
	err := m.Run(context.Background(), func() *eval.Error {
		v, err := m.EvalStringWith(scope.Attrs(), expr, "«string»", "/")
		if err == nil {
			err = m.ForceDeep(v)
		}
		if err == nil {
			out = m.Print(v, eval.PrintOptions{})
		}
		return err
	})
	if err != nil {
		return "error: " + eval.Render(err, eval.RenderOptions{ShowTrace: true})
	}
	return out
}

// TestSecretStaysSecret puts a secret through every builtin on paths, contexts and the store. What comes out is
// secret, or an error; the text shows nowhere.
func TestSecretStaysSecret(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		`builtins.unsafeDiscardStringContext pw`:                                 `(sensitive)`,
		`builtins.unsafeDiscardOutputDependency pw`:                              `(sensitive)`,
		`builtins.appendContext "x" (builtins.getContext pw)`:                    `(sensitive)`,
		`builtins.appendContext pw { }`:                                          `(sensitive)`,
		`builtins.getContext pw`:                                                 `{ "?db.password" = { secret = true; }; }`,
		`builtins.hasContext pw`:                                                 `true`,
		`baseNameOf pw`:                                                          `(sensitive)`,
		`dirOf "${pw}/x"`:                                                        `(sensitive)`,
		`builtins.toPath "/${pw}"`:                                               `error: a string made from the secret db.password is not allowed here`,
		`builtins.addDrvOutputDependencies pw`:                                   `(sensitive)`,
		`builtins.pathExists "/nonexistent/${pw}"`:                               `error: a string made from the secret db.password is not allowed here`,
		`builtins.toFile "x" pw`:                                                 `error: a string made from the secret db.password cannot be put into the Nix store`,
		`builtins.toFile pw "x"`:                                                 `error: a string made from the secret db.password is not allowed here`,
		`builtins.path { path = "/${pw}"; }`:                                     `error: a string made from the secret db.password is not allowed here`,
		`derivation { name = "d"; builder = "b"; system = "s"; a = pw; }`:        `error: a string made from the secret db.password cannot be put into a derivation`,
		`derivation { name = "d"; builder = "b"; system = "s"; args = [ pw ]; }`: `error: a string made from the secret db.password cannot be put into a derivation`,
		`derivation { name = "d"; builder = "b"; system = "s"; __structuredAttrs = true; a.b = [ pw ]; }`: `error: a string made from the secret db.password cannot be put into a derivation`,
		`derivation { name = pw; builder = "b"; system = "s"; }`:                                          `error: a string made from the secret db.password is not allowed here`,
		`{ ${pw} = 1; }`:                                                         `error: a string made from the secret db.password is not allowed here`,
		`builtins.readFile pw`:                                                   `error: a string made from the secret db.password is not allowed here`,
		`builtins.filterSource (p: t: true) "/${pw}"`:                            `error: a string made from the secret db.password is not allowed here`,
		`builtins.storePath "/${pw}"`:                                            `error: a string made from the secret db.password is not allowed here`,
		`builtins.findFile [ { path = pw; } ] "x"`:                               `error: a string made from the secret db.password is not allowed here`,
		`builtins.getEnv pw`:                                                     `error: a string made from the secret db.password is not allowed here`,
		`builtins.placeholder pw`:                                                `error: a string made from the secret db.password is not allowed here`,
		`builtins.fetchurl "https://h/${pw}"`:                                    `error: a string made from the secret db.password is not allowed here`,
		`builtins.fetchGit { url = "https://u:${pw}@h/x"; }`:                     `error: where something is fetched from must not be a secret`,
		`builtins.flakeRefToString { type = "github"; owner = pw; repo = "r"; }`: `error: the flake reference attribute 'owner' must not be a secret`,
		`builtins.readFile "/nonexistent/${pw}"`:                                 `error: a string made from the secret db.password is not allowed here`,
		`import "/nonexistent/${pw}"`:                                            `error: a string made from the secret db.password is not allowed here`,
	} {
		got := evaluateSecret(t, expr)
		if strings.Contains(got, "hunter2") {
			t.Errorf("%s: the secret shows in %s", expr, got)
		}
		if message, ok := strings.CutPrefix(want, "error: "); ok && strings.Contains(got, message) && strings.HasPrefix(got, "error") {
			continue
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
	}
}
