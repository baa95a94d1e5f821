package script

// This file is ctx.ssh: commands and files on other hosts, through the system's ssh, so that people's configuration holds.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.starlark.net/starlark"
)

func sshFunctions() []Function {
	return []Function{
		{"ssh", `host, user = "", port = 0, identity = "", jump = "", config = "", known_hosts = "", connect_timeout = "10s", sudo = False, options = {}`,
			`A connection to a host, with the methods run, put and get. The system's ssh is used, with the user's configuration; identity, config and known_hosts are paths, options
are those of ssh -o. Nothing is asked: keys must be usable without a password. sudo = True runs commands with sudo -n.
.run(argv, stdin = "", timeout = None, check = True, stdout = None, reads = False, secret = False, dry_stdout = "")
    Run a command, as ctx.exec does. argv is a list, which is quoted for the remote shell, or a string, which is a script for it.
.put(source, destination, mode = 0o644, timeout = None)
    Copy a file there, atomically. source is a path, or a secret, which is the content. mode is a number.
.get(source, destination, timeout = None)
    Copy a file here, atomically.
Code 255 is ssh's own: the host could not be reached, or refused.`, true, sshFunction},
	}
}

// remoteHost is a host as a value.
type remoteHost struct {
	run  *run
	host string
	args []string // ssh and its options, the host last
	sudo bool
}

func sshFunction(c *call) (starlark.Value, error) {
	h := &remoteHost{run: c.run}
	var user, identity, jump, config, knownHosts string
	port := 0
	var options *starlark.Dict
	var patience starlark.Value = starlark.String("10s")
	err := c.unpack("host", &h.host, "user?", &user, "port?", &port, "identity?", &identity, "jump?", &jump, "config?", &config,
		"known_hosts?", &knownHosts, "connect_timeout?", &patience, "sudo?", &h.sudo, "options?", &options)
	if err != nil {
		return nil, err
	}
	if h.host == "" || strings.HasPrefix(h.host, "-") || strings.ContainsAny(h.host, " \n\x00") {
		return nil, fmt.Errorf("%q is not the name of a host", h.host)
	}
	wait, err := durationOf(patience)
	if err != nil {
		return nil, fmt.Errorf("connect_timeout: %w", err)
	}
	add := func(given bool, words ...string) {
		if given {
			h.args = append(h.args, words...)
		}
	}
	add(true, "ssh")
	add(config != "", "-F", c.run.world.Path(config))
	add(true, "-o", "BatchMode=yes", "-o", "ConnectTimeout="+strconv.Itoa(max(1, int(wait.Seconds()))))
	add(port != 0, "-p", strconv.Itoa(port))
	add(user != "", "-l", user)
	add(identity != "", "-i", c.run.world.Path(identity), "-o", "IdentitiesOnly=yes")
	add(jump != "", "-J", jump)
	add(knownHosts != "", "-o", "UserKnownHostsFile="+c.run.world.Path(knownHosts))
	if options != nil {
		for key, value := range options.Entries() {
			name, ok := starlark.AsString(key)
			text, ok2 := starlark.AsString(value)
			if !ok || !ok2 || name == "" {
				return nil, errors.New("options: want a dict of strings")
			}
			add(true, "-o", name+"="+text)
		}
	}
	add(true, "--", h.host)
	return h, nil
}

func (h *remoteHost) String() string        { return fmt.Sprintf("ssh(%q)", h.host) }
func (h *remoteHost) Type() string          { return "ssh" }
func (h *remoteHost) Freeze()               {}
func (h *remoteHost) Truth() starlark.Bool  { return true }
func (h *remoteHost) Hash() (uint32, error) { return 0, errors.New("unhashable type: ssh") }

// AttrNames lists the fields.
func (h *remoteHost) AttrNames() []string { return []string{"get", "host", "put", "run"} }

// Attr returns a method.
func (h *remoteHost) Attr(name string) (starlark.Value, error) {
	switch name {
	case "host":
		return starlark.String(h.host), nil
	case "run":
		return h.run.builtin(&Function{Name: "ssh.run", fn: h.runFunction}), nil
	case "put":
		return h.run.builtin(&Function{Name: "ssh.put", fn: h.putFunction}), nil
	case "get":
		return h.run.builtin(&Function{Name: "ssh.get", fn: h.getFunction}), nil
	}
	return nil, nil
}

// command makes a command for the host. What runs there is a script for its shell.
func (h *remoteHost) command(c *call, script string) (Command, error) {
	if h.sudo {
		script = "sudo -n -- sh -c " + shellWord(script)
	}
	env, err := c.environment(nil)
	return Command{Args: append(append([]string{}, h.args...), script), Host: h.host, Remote: script, Env: env, Dir: c.run.world.Path("")}, err
}

func (h *remoteHost) runFunction(c *call) (starlark.Value, error) {
	var argv starlark.Value
	var o execOptions
	if err := c.unpack(append([]any{"argv", &argv}, o.pairs()...)...); err != nil {
		return nil, err
	}
	script, isText := starlark.AsString(argv)
	if !isText {
		words, err := arguments(argv, false)
		if err != nil {
			return nil, err
		}
		script = shellWords(words)
	}
	if strings.ContainsRune(script, 0) {
		return nil, errors.New("argv: a string holds a NUL character")
	}
	cmd, err := h.command(c, script)
	if err != nil {
		return nil, err
	}
	return c.execute(cmd, o, "run on "+h.host+": "+script, starlark.Tuple{starlark.String(h.host), argv})
}

func (h *remoteHost) putFunction(c *call) (starlark.Value, error) {
	var source starlark.Value
	var destination string
	var o execOptions
	mode := 0o644
	if err := c.unpack("source", &source, "destination", &destination, "mode?", &mode, "timeout?", &o.timeout); err != nil {
		return nil, err
	}
	o.check = true
	if mode < 0 || mode > 0o7777 {
		return nil, fmt.Errorf("mode: want a number such as 0o644, got %d", mode)
	}
	target := shellWord(destination)
	temp := shellWord(destination + ".nixops4-part")
	script := fmt.Sprintf("umask 077 && cat > %s && chmod %o %s && mv -f %s %s", temp, mode, temp, temp, target)
	cmd, err := h.command(c, script)
	if err != nil {
		return nil, err
	}
	detail := starlark.Tuple{starlark.String(h.host), source, starlark.String(destination)}
	switch s := source.(type) {
	case Secret:
		o.stdin = s
	case starlark.String:
		if c.run.options.DryRun {
			break
		}
		f, err := openFile(c.run.world.Path(string(s)))
		if err != nil {
			return nil, fileError(string(s), err)
		}
		defer f.Close()
		cmd.Stdin = f
	default:
		return nil, fmt.Errorf("source: want a path or a secret, got %s", source.Type())
	}
	return c.execute(cmd, o, fmt.Sprintf("copy %s to %s:%s", words(starlark.Tuple{source}), h.host, destination), detail)
}

func (h *remoteHost) getFunction(c *call) (starlark.Value, error) {
	var source, destination string
	var o execOptions
	if err := c.unpack("source", &source, "destination", &destination, "timeout?", &o.timeout); err != nil {
		return nil, err
	}
	o.check = true
	cmd, err := h.command(c, "cat -- "+shellWord(source))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(c.run.world.Path(destination)), 0o777); err != nil {
		return nil, fileError(destination, err)
	}
	o.stdout = starlark.String(destination)
	return c.execute(cmd, o, fmt.Sprintf("copy %s:%s to %s", h.host, source, destination), starlark.Tuple{starlark.String(h.host), starlark.String(source), starlark.String(destination)})
}
