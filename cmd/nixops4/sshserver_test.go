package main

// This file is a server for the system's ssh, so that tests need none to be installed. It lets in who has a key, and runs commands.

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// startSSHServer starts a server on the loopback that lets in whoever has a key of dir/authorized, which is read again each time. It returns the port, and makes
// dir/hostkey.pub.
func startSSHServer(t *testing.T, dir string) (port string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "hostkey.pub"), ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		return nil, authorizedIn(filepath.Join(dir, "authorized"), key)
	}}
	config.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var sessions sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		sessions.Wait()
	})
	sessions.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() { serveSSH(c, config, dir) })
		}
	})
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// authorizedIn looks for a key in a file.
func authorizedIn(file string, key ssh.PublicKey) error {
	text, err := os.ReadFile(file)
	for err == nil && len(text) > 0 {
		var known ssh.PublicKey
		if known, _, _, text, err = ssh.ParseAuthorizedKey(text); err == nil && bytes.Equal(known.Marshal(), key.Marshal()) {
			return nil
		}
	}
	return errors.New("the key is not known")
}

// serveSSH serves one connection, until the client ends it.
func serveSSH(c net.Conn, config *ssh.ServerConfig, dir string) {
	defer c.Close()
	_, channels, requests, err := ssh.NewServerConn(c, config)
	if err != nil {
		return // the client says why
	}
	go ssh.DiscardRequests(requests)
	for made := range channels {
		if made.ChannelType() != "session" {
			_ = made.Reject(ssh.UnknownChannelType, "only sessions are served") // the client may have gone
			continue
		}
		channel, requests, err := made.Accept()
		if err != nil {
			return
		}
		go serveSession(channel, requests, dir)
	}
}

// serveSession runs the command of a session.
func serveSession(channel ssh.Channel, requests <-chan *ssh.Request, dir string) {
	for r := range requests {
		if r.Type != "exec" {
			_ = r.Reply(false, nil) // the client may have gone
			continue
		}
		var command struct{ Text string }
		err := ssh.Unmarshal(r.Payload, &command)
		_ = r.Reply(err == nil, nil)
		go func() {
			defer channel.Close()
			status := struct{ Code uint32 }{runRemote(channel, command.Text, dir)}
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(&status)) // the client may have gone
		}()
	}
}

// runRemote runs a command with a shell, as sshd does, and returns its code.
func runRemote(channel ssh.Channel, command, dir string) uint32 {
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	cmd.Stdout, cmd.Stderr = channel, channel.Stderr()
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return 127
	}
	go func() { // the client may never end its side
		_, _ = io.Copy(stdin, channel)
		_ = stdin.Close()
	}()
	_ = cmd.Wait() // the code says it
	return uint32(cmd.ProcessState.ExitCode())
}
