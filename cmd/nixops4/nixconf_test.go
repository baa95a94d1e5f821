package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestNixConf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"etc/nix.conf":              "# all\naccess-tokens = a=1 b=2 # two\nflake-registry = https://one.example\ntarball-ttl = 5\ninclude more.conf\n!include none.conf\n",
		"etc/more.conf":             "netrc-file = /somewhere\ninclude more.conf\n",
		"xdg/nix/nix.conf":          "flake-registry = https://two.example\n",
		"home/.config/nix/nix.conf": "extra-access-tokens = c=x=y\nnonsense\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"NIX_CONF_DIR": dir + "/etc", "XDG_CONFIG_DIRS": dir + "/xdg", "HOME": dir + "/home", "NIX_CONFIG": "accept-flake-config = true\nextra-access-tokens = b=3"}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	got := fetching(lookup)
	tokens := got.Credentials.Tokens
	if len(tokens) != 3 || tokens["a"] != "1" || tokens["b"] != "3" || tokens["c"] != "x=y" {
		t.Errorf("tokens %v", tokens)
	}
	if files := got.Credentials.Netrc; len(files) != 2 || files[0] != "/somewhere" || files[1] != dir+"/home/.netrc" {
		t.Errorf("netrc %v", files)
	}
	if n := len(got.Registries); n != 3 || got.Registries[2].Place != "https://two.example" || !got.AcceptConfig || got.Fresh != 5*time.Second {
		t.Errorf("%+v", got)
	}
	env["NIXOPS4_FLAKE_REGISTRY"] = ""
	if n := len(fetching(lookup).Registries); n != 2 {
		t.Errorf("%d registries without the common one", n)
	}
	env["NIX_USER_CONF_FILES"] = dir + "/xdg/nix/nix.conf"
	env["NIX_CONFIG"] = "use-registries = false\ntarball-ttl = 0"
	if got := fetching(lookup); len(got.Registries) != 0 || len(got.Credentials.Tokens) != 2 || got.Fresh != 1 {
		t.Errorf("%+v", got)
	}
}
