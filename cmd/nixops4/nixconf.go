package main

// This file reads those settings of Nix that say how flakes are fetched: from nix.conf and the variable NIX_CONFIG.

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"nixops4/eval/lib/fetch"
)

// nixConf are settings of Nix by name, as they are written.
type nixConf map[string]string

// readNixConf reads the settings: the machine's, the user's, and those of the environment, of which the later ones count. What cannot be read
// or understood says nothing; Nix complains about it.
func readNixConf(lookupEnv func(string) (string, bool)) nixConf {
	conf := nixConf{}
	machine, ok := lookupEnv("NIX_CONF_DIR")
	if !ok {
		machine = "/etc/nix"
	}
	conf.file(filepath.Join(machine, "nix.conf"), 0)
	if files, ok := lookupEnv("NIX_USER_CONF_FILES"); ok {
		for _, file := range slices.Backward(filepath.SplitList(files)) {
			conf.file(file, 0)
		}
	} else {
		dirs, ok := lookupEnv("XDG_CONFIG_DIRS")
		if !ok {
			dirs = "/etc/xdg"
		}
		for _, dir := range slices.Backward(filepath.SplitList(dirs)) {
			conf.file(filepath.Join(dir, "nix", "nix.conf"), 0)
		}
		if dir := configDir(lookupEnv); dir != "" {
			conf.file(filepath.Join(dir, "nix", "nix.conf"), 0)
		}
	}
	text, _ := lookupEnv("NIX_CONFIG")
	conf.lines(text, "", 0)
	return conf
}

// configDir is the user's folder for settings, or "".
func configDir(lookupEnv func(string) (string, bool)) string {
	if dir, ok := lookupEnv("XDG_CONFIG_HOME"); ok {
		return dir
	}
	if home, ok := lookupEnv("HOME"); ok {
		return filepath.Join(home, ".config")
	}
	return ""
}

// maxIncludes is how deep files may include others.
const maxIncludes = 20

func (c nixConf) file(name string, depth int) {
	if text, err := os.ReadFile(name); err == nil && depth < maxIncludes {
		c.lines(string(text), filepath.Dir(name), depth)
	}
}

func (c nixConf) lines(text, dir string, depth int) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && strings.TrimPrefix(words[0], "!") == "include":
			file := words[1]
			if !filepath.IsAbs(file) {
				file = filepath.Join(dir, file)
			}
			c.file(file, depth+1)
		case len(words) > 1 && words[1] == "=":
			c.set(words[0], strings.Join(words[2:], " "))
		}
	}
}

func (c nixConf) set(name, value string) {
	if more, ok := strings.CutPrefix(name, "extra-"); ok {
		name, value = more, strings.TrimSpace(c[more]+" "+value)
	}
	c[name] = value
}

// credentials are what servers may want to know.
func (c nixConf) credentials(lookupEnv func(string) (string, bool)) fetch.Credentials {
	creds := fetch.Credentials{Tokens: map[string]string{}}
	for _, word := range strings.Fields(c["access-tokens"]) {
		if host, token, ok := strings.Cut(word, "="); ok {
			creds.Tokens[host] = token
		}
	}
	netrc := c["netrc-file"]
	if netrc == "" {
		netrc = "/etc/nix/netrc"
	}
	creds.Netrc = append(creds.Netrc, netrc)
	if file, ok := lookupEnv("NETRC"); ok && file != "" {
		creds.Netrc = append(creds.Netrc, file)
	} else if home, ok := lookupEnv("HOME"); ok {
		creds.Netrc = append(creds.Netrc, filepath.Join(home, ".netrc"))
	}
	return creds
}

// fresh is how long an answer counts without asking again; 0 says nothing.
func (c nixConf) fresh() time.Duration {
	seconds, err := strconv.ParseUint(c["tarball-ttl"], 10, 31)
	if err != nil {
		return 0
	}
	return max(time.Duration(seconds)*time.Second, 1) // 0 seconds is not the same as nothing
}

// fetching is what Nix's settings say about fetching.
func fetching(lookupEnv func(string) (string, bool)) fetch.Settings {
	conf := readNixConf(lookupEnv)
	return fetch.Settings{
		Registries:   flakeRegistries(lookupEnv, conf),
		Credentials:  conf.credentials(lookupEnv),
		Fresh:        conf.fresh(),
		AcceptConfig: conf["accept-flake-config"] == "true",
	}
}
