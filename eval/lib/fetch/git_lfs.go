package fetch

// This file gets files that are kept with Git LFS: a repository has only pointers to them.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"nixops4/eval/lib/flake"
)

// A pointer is what a commit has in place of a file.
type pointer struct {
	OID  string `json:"oid"` // SHA-256 of the file, in base 16
	Size int64  `json:"size"`
}

// maxPointer is how long the text of a pointer is at most, in bytes.
const maxPointer = 1024

// parsePointer reads a pointer. What is none stays as it is.
func parsePointer(text []byte) (p pointer, ok bool) {
	if !bytes.HasPrefix(text, []byte("version https://git-lfs.github.com/spec/v1\n")) {
		return p, false
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "oid":
			p.OID, _ = strings.CutPrefix(value, "sha256:")
		case "size":
			p.Size, _ = strconv.ParseInt(value, 10, 64)
		}
	}
	sum, err := hex.DecodeString(p.OID)
	return p, err == nil && len(sum) == sha256.Size && p.Size >= 0
}

// A lfsServer gives out the files of a repository.
type lfsServer struct {
	url    string
	header map[string]string
}

// lfsFiles replaces pointers, by their names below root, by the files that they stand for.
func (f *Fetcher) lfsFiles(ctx context.Context, url string, root *os.Root, pointers map[string]pointer, log func(string)) error {
	wanted := map[string]pointer{} // by hash
	for name, p := range pointers {
		found, err := localObject(url, p)
		if err != nil {
			return err
		}
		if found == "" {
			wanted[p.OID] = p
			continue
		}
		in, err := os.Open(found)
		if err != nil {
			return err
		}
		err = writeObject(root, name, p, in)
		if err := errors.Join(err, in.Close()); err != nil {
			return err
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if f.Client == nil {
		return fmt.Errorf("%d files of '%s' that are kept with Git LFS are not in the cache, and there is no network", len(wanted), url)
	}
	log(fmt.Sprintf("fetching %d Git LFS files of '%s'...", len(wanted), url))
	server, err := findLFS(ctx, url)
	if err != nil {
		return fmt.Errorf("asking for the Git LFS server of '%s': %w", url, err)
	}
	actions, err := f.lfsBatch(ctx, server, wanted)
	if err != nil {
		return fmt.Errorf("asking '%s' for Git LFS files: %w", server.url, err)
	}
	for name, p := range pointers {
		if _, ok := wanted[p.OID]; !ok {
			continue
		}
		if err := f.lfsDownload(ctx, actions[p.OID], root, name, p); err != nil {
			return fmt.Errorf("fetching '%s' with Git LFS: %w", name, err)
		}
	}
	return nil
}

// localObject finds a file that a repository of this machine has already.
func localObject(url string, p pointer) (string, error) {
	u, err := flake.ParseURL(url, false)
	if err != nil || u.Scheme != "file" {
		return "", nil
	}
	dir, err := u.File()
	if err != nil {
		return "", err
	}
	below := filepath.Join("lfs", "objects", p.OID[:2], p.OID[2:4], p.OID)
	for _, at := range []string{filepath.Join(dir, ".git", below), filepath.Join(dir, below)} {
		if exists(at) {
			return at, nil
		}
	}
	return "", fmt.Errorf("the repository '%s' does not have the Git LFS file %s: run `git lfs fetch` there", dir, p.OID)
}

// findLFS finds the server of a repository. Over SSH, the repository tells it.
func findLFS(ctx context.Context, text string) (lfsServer, error) {
	u, err := flake.ParseURL(text, false)
	if err != nil {
		return lfsServer{}, err
	}
	if u.Scheme != "ssh" {
		base := strings.TrimSuffix(text, "/")
		if !strings.HasSuffix(base, ".git") {
			base += ".git"
		}
		return lfsServer{url: base + "/info/lfs"}, nil
	}
	host := u.Authority.Host
	if strings.HasPrefix(host, "-") {
		return lfsServer{}, fmt.Errorf("'%s' is not the name of a host", host)
	}
	if u.Authority.User != nil {
		host = *u.Authority.User + "@" + host
	}
	var args []string
	if u.Authority.Port != "" {
		args = append(args, "-p", u.Authority.Port)
	}
	args = append(args, host, "git-lfs-authenticate "+shellQuote(strings.Join(u.Path, "/"))+" download")
	out, err := ssh(ctx, args).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return lfsServer{}, err
	}
	var answer struct {
		Href   string
		Header map[string]string
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return lfsServer{}, err
	}
	return lfsServer{strings.TrimSuffix(answer.Href, "/"), answer.Header}, nil
}

// ssh is the command that Git would use.
func ssh(ctx context.Context, args []string) *exec.Cmd {
	if command := os.Getenv("GIT_SSH_COMMAND"); command != "" {
		return exec.CommandContext(ctx, "sh", append([]string{"-c", command + ` "$@"`, command}, args...)...)
	}
	program := os.Getenv("GIT_SSH")
	if program == "" {
		program = "ssh"
	}
	return exec.CommandContext(ctx, program, args...)
}

func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// A lfsAction says where one file is.
type lfsAction struct {
	Href   string
	Header map[string]string
}

// lfsAtOnce is how many files a server is asked for at once.
const lfsAtOnce = 100

// lfsBatch asks a server where files are, by their hashes.
func (f *Fetcher) lfsBatch(ctx context.Context, server lfsServer, wanted map[string]pointer) (map[string]lfsAction, error) {
	actions := map[string]lfsAction{}
	var batch []pointer
	for _, p := range wanted {
		if batch = append(batch, p); len(batch) == lfsAtOnce {
			if err := f.lfsAsk(ctx, server, batch, actions); err != nil {
				return nil, err
			}
			batch = nil
		}
	}
	if len(batch) == 0 {
		return actions, nil
	}
	return actions, f.lfsAsk(ctx, server, batch, actions)
}

func (f *Fetcher) lfsAsk(ctx context.Context, server lfsServer, batch []pointer, actions map[string]lfsAction) error {
	const media = "application/vnd.git-lfs+json"
	body, err := json.Marshal(map[string]any{"operation": "download", "transfers": []string{"basic"}, "hash_algo": "sha256", "objects": batch})
	if err != nil {
		return err
	}
	resp, err := f.send(ctx, http.MethodPost, server.url+"/objects/batch", bytes.NewReader(body), server.header, media)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Objects []struct {
			OID     string
			Actions struct{ Download *lfsAction }
			Error   *struct{ Message string }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	for _, o := range answer.Objects {
		switch {
		case o.Error != nil:
			return fmt.Errorf("%s: %s", o.OID, o.Error.Message)
		case o.Actions.Download != nil:
			actions[o.OID] = *o.Actions.Download
		}
	}
	return nil
}

// send makes a request with headers. An answer that is an error is one here.
func (f *Fetcher) send(ctx context.Context, method, url string, body io.Reader, header map[string]string, media string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	if err := f.Credentials.authorize(req); err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "nixops4")
	if media != "" {
		req.Header.Set("Accept", media)
		req.Header.Set("Content-Type", media)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := f.client().Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, statusError(resp)
	}
	return resp, nil
}

func (f *Fetcher) lfsDownload(ctx context.Context, action lfsAction, root *os.Root, name string, p pointer) error {
	if action.Href == "" {
		return fmt.Errorf("the server does not have %s", p.OID)
	}
	resp, err := f.send(ctx, http.MethodGet, action.Href, nil, action.Header, "")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return writeObject(root, name, p, resp.Body)
}

// writeObject replaces a pointer by a file, which must be the one that the pointer means.
func writeObject(root *os.Root, name string, p pointer, in io.Reader) error {
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(in, p.Size+1))
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != p.Size || got != p.OID {
		return fmt.Errorf("hash mismatch in the file '%s' that is kept with Git LFS: expected %s of %d bytes, but got %s", name, p.OID, p.Size, got)
	}
	return nil
}
