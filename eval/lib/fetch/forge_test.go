package fetch_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"nixops4/eval/lib/fetch"
	"nixops4/eval/nix"
)

// An internet answers for every host over HTTPS.
type internet struct {
	server *httptest.Server
	mu     sync.Mutex // guards asked
	asked  []string   // method, host, path and what the request says about who asks
}

const someRev = "0123456789abcdef0123456789abcdef01234567"

func newInternet(t *testing.T, answer http.HandlerFunc) *internet {
	n := &internet{}
	n.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		n.asked = append(n.asked, fmt.Sprintf("%s%s %s%s", r.Host, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Private-Token")))
		n.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(n.server.Close)
	return n
}

// client finds every host at the server.
func (n *internet) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, n.server.Listener.Addr().String())
		},
	}}
}

// eval is world.eval on the internet.
func (n *internet) eval(t *testing.T, w *world, expr string) string {
	t.Helper()
	m, f := nix.NewFetching(w.opts)
	f.Client = n.client()
	return evaluated(t, m, expr)
}

// forges answers as the three forges do.
func forges(t *testing.T) http.HandlerFunc {
	body := archive(t, entry{name: "x/f", text: "f\n", kind: '0', mode: 0o644})
	return func(w http.ResponseWriter, r *http.Request) {
		switch at := r.Host + r.URL.EscapedPath(); {
		case strings.HasSuffix(at, "/private/commits/HEAD"), strings.Contains(at, "/private/") && r.Header.Get("Authorization") == "":
			http.NotFound(w, r)
		case strings.HasPrefix(at, "api.github.com/repos/o/r/commits/"), strings.HasPrefix(at, "hub.example/api/v3/repos/o/r/commits/"):
			fmt.Fprintf(w, `{"sha":%q}`, someRev)
		case strings.HasSuffix(at, "/api/v4/projects/o%2Fr/repository/commits"):
			fmt.Fprintf(w, `[{"id":%q}]`, someRev)
		case at == "git.sr.ht/~o/r/HEAD":
			fmt.Fprint(w, "ref: refs/heads/main\n")
		case at == "git.sr.ht/~o/r/info/refs":
			fmt.Fprintf(w, "%s\trefs/heads/main\n%s\trefs/tags/v1\n", someRev, strings.Repeat("f", 40))
		case strings.HasPrefix(at, "api.github.com/repos/o/r/tarball/"):
			http.Redirect(w, r, "https://codeload.github.com/o/r/x.tar.gz", http.StatusFound)
		case at == "moved.example/api/v4/projects/o%2Fr/repository/archive.tar.gz":
			http.Redirect(w, r, "https://elsewhere.example/x.tar.gz", http.StatusFound)
		default:
			_, _ = w.Write(body)
		}
	}
}

func TestForges(t *testing.T) {
	t.Parallel()
	tokens := map[string]string{"github.com": "hub", "github.com/o": "owner", "gitlab.com": "PAT:lab", "moved.example": "PAT:moved", "git.sr.ht": "hut", "other.example": "OAuth2:x"}
	for ref, c := range map[string]struct {
		tokens bool
		asked  []string
	}{
		"github:o/r":                         {false, []string{"api.github.com/repos/o/r/commits/HEAD ", "github.com/o/r/archive/" + someRev + ".tar.gz "}},
		"github:o/r/dev":                     {true, []string{"api.github.com/repos/o/r/commits/dev token owner", "api.github.com/repos/o/r/tarball/" + someRev + " token owner", "codeload.github.com/o/r/x.tar.gz "}},
		"github:o/r?host=hub.example":        {false, []string{"hub.example/api/v3/repos/o/r/commits/HEAD ", "hub.example/api/v3/repos/o/r/tarball/" + someRev + " "}},
		"github:o/r/" + someRev:              {false, []string{"github.com/o/r/archive/" + someRev + ".tar.gz "}},
		"gitlab:o/r":                         {true, []string{"gitlab.com/api/v4/projects/o%2Fr/repository/commits?ref_name=HEAD lab", "gitlab.com/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha=" + someRev + " lab"}},
		"gitlab:o/r?host=moved.example":      {true, []string{"moved.example/api/v4/projects/o%2Fr/repository/commits?ref_name=HEAD moved", "moved.example/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha=" + someRev + " moved", "elsewhere.example/x.tar.gz "}},
		"gitlab:o/r/main?host=other.example": {true, []string{"other.example/api/v4/projects/o%2Fr/repository/commits?ref_name=main Bearer x", "other.example/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha=" + someRev + " Bearer x"}},
		"sourcehut:~o/r":                     {true, []string{"git.sr.ht/~o/r/HEAD Bearer hut", "git.sr.ht/~o/r/info/refs Bearer hut", "git.sr.ht/~o/r/archive/" + someRev + ".tar.gz Bearer hut"}},
		"sourcehut:~o/r/main":                {false, []string{"git.sr.ht/~o/r/info/refs ", "git.sr.ht/~o/r/archive/" + someRev + ".tar.gz "}},
		"https://netrc.example/x.tar.gz":     {true, []string{"netrc.example/x.tar.gz Basic bWU6c2VjcmV0IHdvcmQ="}},
		"https://me:pw@pw.example/x.tar.gz":  {true, []string{"pw.example/x.tar.gz Basic bWU6cHc="}},
		"https://unknown.example/x.tar.gz":   {true, []string{"unknown.example/x.tar.gz "}},
	} {
		n := newInternet(t, forges(t))
		w := newWorld(t)
		if c.tokens {
			writeFiles(t, w.opts.Cache, map[string]string{"netrc": "# mine\nmachine a.example login x password y\nmacdef init\nmachine netrc.example\n\nmachine netrc.example\n  login me password \"secret word\"\nmachine z login q password q\n"})
			w.opts.Fetching.Credentials = fetch.Credentials{Tokens: tokens, Netrc: []string{w.opts.Cache + "/none", w.opts.Cache + "/netrc"}}
		}
		want := `"f\n"`
		if got := n.eval(t, w, `builtins.readFile (builtins.fetchTree "`+ref+`" + "/f")`); got != want {
			t.Errorf("%s: got %s", ref, got)
		}
		if got := strings.Join(n.asked, "\n"); got != strings.Join(c.asked, "\n") {
			t.Errorf("%s: asked\n%s\nwant\n%s", ref, got, strings.Join(c.asked, "\n"))
		}
		before := len(n.asked)
		if got := n.eval(t, w, `builtins.readFile (builtins.fetchTree "`+ref+`" + "/f")`); got != want || len(n.asked) != before {
			t.Errorf("%s, the second time: got %s, asked %s", ref, got, n.asked[before:])
		}
	}
}

func TestForgeErrors(t *testing.T) {
	t.Parallel()
	n := newInternet(t, forges(t))
	w := newWorld(t)
	want := "error: unable to download 'https://api.github.com/repos/o/private/commits/HEAD': HTTP error 404: 404 page not found; if 'o/private' is private or too much was asked for, set an access token: NIX_CONFIG='access-tokens = github.com=…', or the same in nix.conf"
	if got := n.eval(t, w, `builtins.fetchTree "github:o/private"`); got != want {
		t.Errorf("got %s", got)
	}
	w.opts.Fetching.Credentials = fetch.Credentials{Tokens: map[string]string{"github.com": "very-secret"}}
	if got := n.eval(t, w, `builtins.fetchTree "github:o/private"`); strings.Contains(got, "very-secret") || strings.Contains(got, "set an access token") {
		t.Errorf("got %s", got)
	}
	if got := n.eval(t, w, `builtins.fetchurl "https://me:hidden@a.example/private/commits/HEAD"`); strings.Contains(got, "hidden") || !strings.Contains(got, "HTTP error 404") {
		t.Errorf("got %s", got)
	}
}
