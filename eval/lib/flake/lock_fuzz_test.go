package flake

import "testing"

// FuzzLock reads lock files: what can be read is written and read again as the same, and can be checked and compared.
func FuzzLock(f *testing.F) {
	const head = `{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "a": "a", "b": ["a", "c"] } }, "a": `
	const locked = `"original": { "type": "indirect", "id": "a" }, "locked": { "type": "path", "path": "/a", "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "lastModified": 1 }`
	for _, text := range []string{
		`{ "version": 7, "root": "root", "nodes": { "root": { } } }`,
		head + `{ ` + locked + ` } } }`,
		head + `{ "flake": false, "inputs": { "c": "a", "d": [] }, ` + locked + ` } } }`,
		head + `{ "parent": ["x"], "original": { "type": "path", "path": "./x" }, "locked": { "type": "path", "path": "./x" } } } }`,
		head + `{ "info": { "lastModified": 2 }, ` + locked + ` } } }`,
		`{ "version": 7, "root": "r", "nodes": { "r": { "inputs": { "x": ["y"], "y": ["x"] } } } }`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lock, err := ParseLock(text, "flake.lock")
		if err != nil {
			return
		}
		_ = lock.Check() // it may well be wrong, but not without end
		written, names := lock.JSON()
		if len(names) == 0 {
			t.Error("the root has no name")
		}
		again, err := ParseLock(written, "flake.lock")
		if err != nil {
			t.Fatalf("%v in\n%s", err, written)
		}
		if !lock.Equal(again) {
			t.Errorf("it became another:\n%s", written)
		}
		if diff := lock.Diff(again); diff != "" {
			t.Errorf("differences of the same: %s", diff)
		}
		_ = lock.Unlocked()
	})
}
