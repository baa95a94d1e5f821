// Package fetch has the builtins that bring files from elsewhere: fetchurl, fetchTarball, fetchTree, fetchGit and
// their kin.
//
// What is fetched is kept in a cache, in folders named by the hash of what is in them, and has a store path that
// evaluation can look into; no Nix store is needed. An [Options.Client] that is nil means that there is no
// network: what is in the cache or on this machine can be fetched all the same.
//
// [Fetcher.Builtins] are the builtins. Each is an argument reader here; the work is done by download.go (one file from
// a URL), archive.go (unpacking), git.go (repositories) and cache.go.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
)

// Options say what may be fetched and where it is kept.
type Options struct {
	Settings
	// Client makes requests; nil means that there is no network.
	Client *http.Client
	// Cache is the folder of the cache, made when it is needed. Empty means that nothing can be fetched.
	Cache string
	// Files reads this machine's files, without restrictions: trees in the cache and local sources, which Check
	// has allowed.
	Files eval.IO
	// Check is asked about every URL and path before it is looked at; nil allows all.
	Check func(uri string) error
	// Pure demands that everything fetched is determined by its arguments.
	Pure bool
	// Store is the folder of a Nix store that may have what is asked for; empty means that there is none.
	Store string
}

// Settings are what the user and the machine say about fetching.
type Settings struct {
	// Registries are asked for names of flakes, in order.
	Registries []Registry
	// Credentials are what servers may want to know.
	Credentials Credentials
	// Fresh is how long the answer to a URL counts without asking again; 0 means an hour.
	Fresh time.Duration
	// AcceptConfig trusts the settings in the nixConfig of every flake.
	AcceptConfig bool
}

// A Fetcher is what the builtins of one evaluator share.
type Fetcher struct {
	Options

	sweep sync.Once // of what was never completed

	mu     sync.Mutex               // guards what follows
	inputs map[string]*pendingInput // by attributes, as JSON
	dirty  map[string]bool          // folders of repositories whose changes were warned of
}

// A pendingInput is an input that is being fetched, or was.
type pendingInput struct {
	done chan struct{} // closed when the others are set
	in   *lockedInput
	err  error
}

// A lockedInput is a fetched input.
type lockedInput struct {
	tree  tree
	attrs flake.Attrs // with what fetching found out: narHash, rev, lastModified, …
}

// New makes a fetcher.
func New(opts Options) *Fetcher {
	f := &Fetcher{Options: opts, inputs: map[string]*pendingInput{}, dirty: map[string]bool{}}
	if f.Fresh == 0 {
		f.Fresh = time.Hour
	}
	return f
}

// Builtins are the builtins of one evaluator.
func (f *Fetcher) Builtins() []*eval.Builtin {
	return []*eval.Builtin{
		{Name: "fetchurl", Args: []string{"arg"}, Strict: 1, F1: f.fetchurl, Doc: "The store path of the file behind a URL. *arg* is the URL, or a set of `url`, `name` and `sha256`, the hash it must have."},
		{Name: "fetchTarball", Global: true, Args: []string{"args"}, Strict: 1, F1: f.fetchTarball, Doc: "The store path of the unpacked archive behind a URL. *args* is the URL, or a set of `url`, `name` and `sha256`, the hash of the unpacked tree. One folder around everything in the archive is left out."},
		{Name: "fetchTree", Global: true, Feature: "fetch-tree", Args: []string{"input"}, Strict: 1, F1: f.fetchTree, Doc: "Fetches a tree: a set with `outPath`, `narHash` and what else is known, such as `rev` and `lastModified`. *input* is a set whose `type` is `git`, `github`, `gitlab`, `sourcehut`, `tarball`, `file` or `path`, with the attributes of that kind, or, with the feature `flakes`, a flake reference as a URL."},
		{Name: "fetchGit", Global: true, Args: []string{"args"}, Strict: 1, F1: f.fetchGit, Doc: "Fetches a tree from a Git repository: a set with `outPath`, `rev`, `shortRev`, `revCount`, `lastModified`, `narHash` and more. *args* is a URL or a path, or a set of `url`, `rev`, `ref`, `name`, `submodules`, `shallow`, `allRefs`, `exportIgnore`. A local repository without `rev` and `ref` gives the files as they are now, as far as Git tracks them."},
		{Name: "fetchMercurial", Global: true, Args: []string{"args"}, Strict: 1, F1: f.fetchMercurial, Doc: "Fetches a tree from a Mercurial repository: a set with `outPath`, `rev`, `shortRev`, `branch` and `revCount`. *args* is a URL or a path, or a set of `url`, `rev` (a commit, branch or tag) and `name`. A local repository without `rev` gives the files as they are now, as far as Mercurial tracks them. The program `hg` has to be installed."},
		{Name: "getFlake", Args: []string{"args"}, Strict: 1, F1: f.getFlake, Doc: "The outputs of the flake behind a reference, together with what is known about its source. Inputs that its lock file lacks are found as they are now."},
		{Name: "fetchClosure", Feature: "fetch-closure", Args: []string{"args"}, Strict: 1, F1: f.fetchClosure, Doc: "Fetches `fromPath` with everything it refers to from the binary cache `fromStore` into the Nix store."},
	}
}

// check asks whether a URL or path may be looked at.
func (f *Fetcher) check(uri string) *eval.Error {
	if f.Check == nil {
		return nil
	}
	if err := f.Check(uri); err != nil {
		return eval.Wrap(err, "%v", err)
	}
	return nil
}

// failed makes an error of evaluation of any error.
func failed(err error) *eval.Error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &eval.Error{Kind: eval.Canceled, Msg: "evaluation was cancelled"}
	}
	var e *eval.Error
	if errors.As(err, &e) {
		return e
	}
	return eval.Wrap(err, "%s", strings.TrimSpace(err.Error()))
}

// AllowedURI says whether a URI is one of the allowed ones, in a folder of one, or of an allowed scheme.
func AllowedURI(uri string, allowed []string) bool {
	for _, prefix := range allowed {
		rest, ok := strings.CutPrefix(uri, prefix)
		if !ok || prefix == "" {
			continue
		}
		if rest == "" || strings.HasSuffix(prefix, "/") || rest[0] == '/' || isScheme(prefix) {
			return true
		}
	}
	return false
}

// isScheme says that a text is a scheme with its colon, such as "https:".
func isScheme(s string) bool {
	name, ok := strings.CutSuffix(s, ":")
	return ok && !strings.ContainsAny(name, ":/") && name != ""
}

// errNoCache says that there is nowhere to keep what is fetched.
var errNoCache = fmt.Errorf("there is no folder to keep it in: set HOME or XDG_CACHE_HOME")
