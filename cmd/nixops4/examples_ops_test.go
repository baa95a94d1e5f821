package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// runExample runs testdata/operations/NAME.txtar with variables.
func runExample(t *testing.T, name string, vars map[string]string) {
	testscript.Run(t, testscript.Params{
		Files:               []string{"testdata/operations/" + name + ".txtar"},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       updating(),
		Cmds:                scriptCommands,
		Setup: func(env *testscript.Env) error {
			for key, value := range vars {
				env.Setenv(key, value)
			}
			return setUpScript(env)
		},
	})
}

// freePort returns a port of the loopback that nothing listens on.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// awaitPort waits until something listens there.
func awaitPort(t *testing.T, port string) {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("nothing listens on port %s", port)
}

// output runs a command and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// postgresDir returns the folder of PostgreSQL's programs, or skips the test.
func postgresDir(t *testing.T) string {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		t.Skip("PostgreSQL is not installed (no initdb)")
	}
	return filepath.Dir(found[len(found)-1])
}

// TestExampleBackup backs up a real database.
func TestExampleBackup(t *testing.T) {
	t.Parallel()
	bin := postgresDir(t)
	dir, err := os.MkdirTemp("", "nixops4-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	as := asNobody(t, dir)
	as(bin+"/initdb", "-D", dir+"/data", "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--no-locale")
	port := freePort(t)
	as(bin+"/pg_ctl", "-D", dir+"/data", "-w", "-l", dir+"/log", "-o", fmt.Sprintf("-p %s -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c fsync=off", port, dir), "start")
	t.Cleanup(func() { as(bin+"/pg_ctl", "-D", dir+"/data", "-w", "-m", "immediate", "stop") })
	runExample(t, "backup", map[string]string{"PATH": bin + ":" + os.Getenv("PATH"), "PGPORT": port})
}

// asNobody returns a function that runs commands in dir; when we are root, as another user, since PostgreSQL refuses to be root.
func asNobody(t *testing.T, dir string) func(name string, args ...string) {
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.WaitDelay = time.Second
		log, err := os.CreateTemp(t.TempDir(), "log")
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Run(); err != nil {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, text)
		}
	}
	if os.Getuid() != 0 {
		return run
	}
	if _, err := user.Lookup("nobody"); err != nil {
		t.Skip("PostgreSQL does not run as root, and there is no user nobody")
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip("PostgreSQL does not run as root, and there is no setpriv to become somebody else")
	}
	output(t, "chown", "nobody", dir)
	return func(name string, args ...string) {
		t.Helper()
		run("setpriv", append([]string{"--reuid=nobody", "--clear-groups", name}, args...)...)
	}
}

// sshd returns OpenSSH's server, or "".
func sshd() string {
	for _, path := range []string{os.Getenv("NIXOPS4_SSHD"), "/usr/sbin/sshd", "/usr/local/sbin/sshd", "/run/current-system/sw/bin/sshd"} {
		if path != "" && isFile(path) {
			return path
		}
	}
	path, _ := exec.LookPath("sshd") // "" when there is none
	return path
}

// TestExampleRotateKeys rotates the key of two servers: ours, which speaks to the system's ssh, and OpenSSH's own where it is installed.
func TestExampleRotateKeys(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	t.Run("loopback", func(t *testing.T) {
		t.Parallel()
		rotateKeys(t, func(dir string) string { return startSSHServer(t, dir) })
	})
	t.Run("sshd", func(t *testing.T) {
		t.Parallel()
		program := sshd()
		if program == "" {
			t.Skip("OpenSSH's server is not installed (no sshd; NIXOPS4_SSHD can name it)")
		}
		if _, err := user.Lookup("sshd"); err != nil && os.Getuid() == 0 {
			t.Skip("sshd as root needs the user sshd, which does not exist")
		}
		rotateKeys(t, func(dir string) string { return startSSHD(t, program, dir) })
	})
}

// rotateKeys runs the example with two servers that start makes, each with a folder where the keys that it knows are.
func rotateKeys(t *testing.T, start func(dir string) (port string)) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	output(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir+"/id")
	vars := map[string]string{"KEY": dir + "/id", "KNOWN": dir + "/known", "SSH_USER": me.Username, "DIR": dir, "PATH": os.Getenv("PATH")}
	known := ""
	for _, host := range []string{"A", "B"} {
		at := filepath.Join(dir, host)
		if err := os.Mkdir(at, 0o700); err != nil {
			t.Fatal(err)
		}
		output(t, "cp", dir+"/id.pub", at+"/authorized")
		port := start(at)
		vars["PORT_"+host] = port
		key, err := os.ReadFile(at + "/hostkey.pub")
		if err != nil {
			t.Fatal(err)
		}
		known += fmt.Sprintf("[127.0.0.1]:%s %s", port, key)
	}
	if err := os.WriteFile(dir+"/known", []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	runExample(t, "rotate_keys", vars)
}

// TestSSH does all that ctx.ssh can do, on a server of ours.
func TestSSH(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	output(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir+"/id")
	output(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir+"/other")
	output(t, "cp", dir+"/id.pub", dir+"/authorized")
	if err := os.Mkdir(dir+"/bin", 0o700); err != nil {
		t.Fatal(err)
	}
	// It stands for the program on the host, and is given -n -- and a command.
	if err := os.WriteFile(dir+"/bin/sudo", []byte("#!/bin/sh\nshift 2\nAS_ROOT=yes exec \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	port := startSSHServer(t, dir)
	key, err := os.ReadFile(dir + "/hostkey.pub")
	if err == nil {
		err = os.WriteFile(dir+"/known", fmt.Appendf(nil, "[127.0.0.1]:%s %s", port, key), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	runExample(t, "ssh", map[string]string{"DIR": dir, "PORT": port, "NOPORT": freePort(t), "SSH_USER": me.Username, "PATH": os.Getenv("PATH")})
}

// startSSHD starts a server that lets in whoever has a key of dir/authorized.
func startSSHD(t *testing.T, program, dir string) (port string) {
	port = freePort(t)
	output(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir+"/hostkey")
	config := fmt.Sprintf("Port %s\nListenAddress 127.0.0.1\nHostKey %s/hostkey\nAuthorizedKeysFile %s/authorized\nPidFile %s/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n",
		port, dir, dir, dir)
	if err := os.WriteFile(dir+"/config", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skipf("sshd needs /run/sshd: %v", err)
		}
	}
	cmd := exec.Command(program, "-D", "-e", "-f", dir+"/config")
	log, err := os.Create(dir + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(dir + "/log")
			t.Logf("sshd:\n%s", text)
		}
	})
	awaitPort(t, port)
	return port
}

// TestExampleServices restarts, switches and lists services whose health is told by a real server.
func TestExampleServices(t *testing.T) {
	t.Parallel()
	var sick atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/break":
			sick.Store(true)
		case r.URL.Path == "/first" && sick.Load():
			http.Error(w, "sick", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	runExample(t, "services", map[string]string{"URL": server.URL, "PATH": os.Getenv("PATH")})
}
