package fetch_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// lfsPointer is what a repository has in place of a file, and the file's hash.
func lfsPointer(text string) (pointer, oid string) {
	sum := sha256.Sum256([]byte(text))
	oid = hex.EncodeToString(sum[:])
	return fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", oid, len(text)), oid
}

func TestGitLFS(t *testing.T) {
	t.Parallel()
	backend := serveGit(t)
	const large, secret = "a large file\n", "Bearer for-lfs"
	pointer, oid := lfsPointer(large)
	var lies atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/.git/info/lfs/objects/batch"):
			var asked struct{ Objects []struct{ OID string } }
			body, _ := io.ReadAll(r.Body)
			if err := json.Unmarshal(body, &asked); err != nil || r.Header.Get("Accept") != "application/vnd.git-lfs+json" {
				http.Error(w, "no", http.StatusBadRequest)
				return
			}
			var answers []string
			for _, o := range asked.Objects {
				if o.OID == oid {
					answers = append(answers, fmt.Sprintf(`{"oid":%q,"size":13,"actions":{"download":{"href":"http://%s/object","header":{"Authorization":%q}}}}`, oid, r.Host, secret))
				} else {
					answers = append(answers, fmt.Sprintf(`{"oid":%q,"error":{"code":404,"message":"not here"}}`, o.OID))
				}
			}
			fmt.Fprintf(w, `{"objects":[%s]}`, strings.Join(answers, ","))
		case r.URL.Path == "/object" && r.Header.Get("Authorization") == secret:
			if lies.Load() {
				fmt.Fprint(w, "another file\n")
				return
			}
			fmt.Fprint(w, large)
		default:
			backend.Config.Handler.ServeHTTP(w, r)
		}
	}))
	defer server.Close()
	r := newRepository(t)
	r.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n", 0o666)
	r.write("sub/a.bin", pointer, 0o777)
	r.write("b.bin", pointer, 0o666)
	r.write("plain.bin", "no pointer\n", 0o666)
	r.write("pointer.txt", pointer, 0o666)
	rev := r.commit("files")
	other, missing := lfsPointer("nobody has it")
	r.write("b.bin", other, 0o666)
	next := r.commit("missing")

	w := newWorld(t)
	replace := []string{"URL", server.URL + r.dir + "/.git", "DIR", r.dir, "REV", rev, "NEXT", next, "MISSING", missing}
	all := `let src = builtins.fetchTree { type = "git"; url = "URL"; lfs = true; rev = "REV"; }; in map (f: builtins.readFile (src + f)) [ "/sub/a.bin" "/b.bin" "/plain.bin" ]`
	lies.Store(true)
	if got := w.eval(t, strings.NewReplacer(replace...).Replace(all)); !strings.Contains(got, "hash mismatch in the file") || !strings.Contains(got, "expected "+oid) {
		t.Errorf("another file: got %s", got)
	}
	lies.Store(false)
	want := `[ "a large file\n" "a large file\n" "no pointer\n" ]`
	w.check(t, [][2]string{
		{all, want},
		{`builtins.readFile (builtins.fetchTree { type = "git"; url = "URL"; rev = "REV"; } + "/b.bin") == builtins.readFile (builtins.fetchTree { type = "git"; url = "URL"; lfs = true; rev = "REV"; } + "/pointer.txt")`, "true"},
		{`builtins.fetchTree { type = "git"; url = "URL"; lfs = true; rev = "NEXT"; }`, "error: asking 'URL/info/lfs' for Git LFS files: MISSING: not here"},
	}, replace...)
	newWorld(t).check(t, [][2]string{
		{`builtins.fetchTree { type = "git"; url = "file://DIR"; lfs = true; rev = "REV"; }`, "error: the repository 'DIR' does not have the Git LFS file " + oid + ": run `git lfs fetch` there"},
	}, replace...)
	server.Close()
	w.opts.Offline = true
	w.check(t, [][2]string{{all, want}}, replace...)
	// A repository of this machine may have the files.
	writeFiles(t, r.dir, map[string]string{".git/lfs/objects/" + oid[:2] + "/" + oid[2:4] + "/" + oid: large})
	w = newWorld(t)
	w.check(t, [][2]string{{strings.Replace(all, "URL", "file://DIR", 1), want}}, replace...)
	info, err := os.Stat(w.inCache(t, "trees/*/tree/sub/a.bin"))
	if err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
