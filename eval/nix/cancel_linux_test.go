package nix_test

// This file tests that a cancelled evaluation ends soon, whatever it is busy with.

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"nixops4/eval"
	"nixops4/eval/nix"
)

// A busyTest is something that takes long: source works on x, which is the value of given. DIR is a folder of large files.
type busyTest struct{ name, given, source string }

const (
	bigString = `builtins.foldl' (s: _: s + s) "0123456789abcdef" (builtins.genList (x: x) 23)` // 128 MiB
	someList  = `builtins.genList (x: x) 1000000`
	someText  = `builtins.concatStringsSep "" (builtins.genList (x: "ab") 3000000)`
	pairs     = `builtins.genList (x: [ x x x ]) 300000`
	someNames = `builtins.genList toString 1000000`
	someSet   = `builtins.listToAttrs (builtins.genList (x: { name = toString x; value = x; }) 300000)`
)

var busy = []busyTest{
	{"closure", "0", "builtins.genericClosure { startSet = [ { key = 0; } ]; operator = x: [ { key = x.key + 1; } ]; }"},
	{"closure of one step", "0", "builtins.genericClosure { startSet = [ { key = 0; } ]; operator = y: builtins.genList (key: { inherit key; }) 3000000; }"},
	{"fold", "builtins.concatLists (builtins.genList (x: builtins.genList (y: y) 10000) 300)", "builtins.foldl' (a: b: a + b) 0 x"},
	{"fold of a builtin", "builtins.concatLists (builtins.genList (x: builtins.genList (y: y) 10000) 1000)", "builtins.foldl' builtins.add 0 x"},
	{"fibonacci", "0", "let fib = n: if n < 2 then n else fib (n - 1) + fib (n - 2); in fib 60"},
	{"loops of builtins", "builtins.genList (x: x) 2000", "builtins.length (builtins.concatMap (z: builtins.filter builtins.isString (map (y: z) x)) (builtins.concatLists (builtins.genList (z: x) 1000)))"},
	{"genList", "0", "builtins.length (builtins.genList (x: x) 200000000)"},
	{"sort", "builtins.genList (x: 0 - x * 7919) 4000000", "builtins.length (builtins.sort builtins.lessThan x)"},
	{"sort with a function", "builtins.genList (x: 0 - x * 7919) 4000000", "builtins.length (builtins.sort (a: b: a < b) x)"},
	{"deepSeq", "0", "builtins.deepSeq (builtins.genList (x: [ x ]) 4000000) 1"},
	{"deepSeq of what is evaluated", pairs, "let y = [ x x x x x x x x x x ]; z = map (i: [ i y ]) y; in builtins.deepSeq z 1"},
	{"equality", "let m = builtins.genList (x: builtins.genList (y: y) 3000) 1000; in [ m (map (l: map (e: e) l) m) ]", "builtins.all (i: builtins.head x == builtins.elemAt x 1) (builtins.genList (i: i) 100)"},
	{"order", "let m = builtins.genList (x: x) 10000000; in [ m (map (e: e) m) ]", "builtins.head x < builtins.elemAt x 1"},
	{"elem", "builtins.genList (y: [ y ]) 3000", "builtins.filter (z: builtins.elem [ z ] x) (builtins.genList (x: 0 - x - 1) 100000)"},
	{"toJSON", pairs, "builtins.stringLength (builtins.toJSON [ x x x x x ])"},
	{"toXML", pairs, "builtins.stringLength (builtins.toXML [ x x x x x ])"},
	{"toString", pairs, "builtins.stringLength (toString [ x x x x x ])"},
	{"fromJSON", "builtins.toJSON (builtins.genList (x: [ x x x ]) 1000000)", "builtins.fromJSON x"},
	{"fromJSON of a string", "builtins.toJSON (" + strings.Replace(bigString, "23)", "22)", 1) + ")", "builtins.stringLength (builtins.fromJSON x)"},
	{"fromTOML", `"a = [ ${builtins.concatStringsSep ", " (builtins.genList toString 2000000)} ]"`, "builtins.fromTOML x"},
	{"concatStringsSep", someNames, `builtins.stringLength (builtins.concatStringsSep "," (builtins.concatLists [ x x x x x ]))`},
	{"strings", `builtins.concatStringsSep "" (builtins.genList (x: "a") 100000)`, `builtins.stringLength (builtins.foldl' (s: _: builtins.replaceStrings [ "a" ] [ "aa" ] s) x (builtins.genList (x: x) 12))`},
	{"replaceStrings", bigString, `builtins.stringLength (builtins.replaceStrings [ "f" "e" ] [ "g" "hh" ] x)`},
	{"replaceStrings of many", someText, `builtins.stringLength (builtins.replaceStrings (builtins.genList (i: "b${toString i}") 1000) (builtins.genList toString 1000) x)`},
	{"regular expression", `builtins.concatStringsSep "" (builtins.genList (x: "a") 3000000)`, `builtins.match "(a|a)*(a|a)*(a|a)*(a|a)*b" x`},
	{"splitting", someText, `builtins.length (builtins.split "(a+)b|(a+)c" x)`},
	{"version", `builtins.concatStringsSep "." (builtins.genList toString 2000000)`, "builtins.length (builtins.splitVersion (x + x + x + x))"},
	{"order of versions", `builtins.concatStringsSep "." (builtins.genList toString 1000000)`, `builtins.compareVersions (x + x + x + ".1") (x + x + x + ".2")`},
	{"hash", bigString, `builtins.hashString "sha512" x`},
	{"hash md5", bigString, `builtins.hashString "md5" x`},
	{"toFile", bigString, `builtins.toFile "x" x`},
	{"hash of a file", "0", `builtins.hashFile "sha256" DIR/large`},
	{"path", "0", `builtins.path { path = DIR/large; }`},
	{"flat path", "0", `builtins.path { path = DIR/large; recursive = false; }`},
	{"folder", "0", `"${DIR/many}"`},
	{"filtered folder", "0", `builtins.filterSource (p: t: builtins.foldl' (a: b: a && b) true (builtins.genList (x: true) 1000)) DIR/many`},
	{"import of a large file", "0", "builtins.length (import DIR/large.nix)"},
	{"import of a large set", "0", "builtins.attrNames (import DIR/set.nix)"},
	{"updates", "0", "builtins.length (builtins.attrNames (builtins.foldl' (a: n: a // { ${toString n} = n; }) { } (builtins.genList (x: x) 3000000)))"},
	{"listToAttrs", `builtins.genList (x: { name = toString x; value = x; }) 2000000`, "builtins.length (builtins.attrNames (builtins.listToAttrs x))"},
	{"attrNames", someSet, `builtins.foldl' (n: y: n + builtins.length (builtins.attrNames (x // { "a${toString y}" = 1; }))) 0 (builtins.genList (y: y) 50)`},
	{"mapAttrs", someSet, "builtins.foldl' (a: y: builtins.mapAttrs (n: v: v) a) x (builtins.genList (y: y) 100)"},
	{"removeAttrs", someSet, "builtins.foldl' (a: y: builtins.removeAttrs a [ (toString y) ]) x (builtins.genList (y: y) 200)"},
	{"intersectAttrs", someSet, "builtins.foldl' (a: y: builtins.intersectAttrs x a) x (builtins.genList (y: y) 200)"},
	{"groupBy", someList, "builtins.attrNames (builtins.groupBy (y: toString y) x)"},
	{"partition", someList, "builtins.length (builtins.partition (y: y < 5) (builtins.concatLists [ x x x x x ])).right"},
	{"catAttrs", "builtins.genList (x: { a = x; }) 1000000", `builtins.foldl' (n: y: n + builtins.length (builtins.catAttrs "a" x)) 0 (builtins.genList (y: y) 1000)`},
	{"concatLists", someList, "builtins.length (builtins.concatLists (builtins.genList (y: x) 20))"},
	{"zip", "0", "builtins.zipAttrsWith (n: vs: vs) (builtins.genList (x: { ${toString x} = x; }) 5000000)"},
	{"recursion through sets", "0", "let t = n: { l = t (n + 1); r = t (n + 1); }; walk = d: s: if d == 0 then 1 else walk (d - 1) s.l + walk (d - 1) s.r; in walk 60 (t 0)"},
	{"operators", "0", "let f = x: [ x x ]; g = d: x: if d == 0 then x else g (d - 1) (f x); in g 60 { } == g 60 { }"},
	{"trace", pairs, "builtins.trace [ x x x x x x ] 1"},
	{"error text", pairs, "builtins.foldl' (n: y: n + (if (builtins.tryEval (builtins.addErrorContext (toString y) (throw (toString y)))).success then 1 else 0)) 0 (builtins.concatLists x)"},
	{"derivation", someNames, `(derivation { name = "n"; system = "s"; builder = "b"; a = [ x x x x x x ]; }).drvPath`},
	{"structured derivation", pairs, `(derivation { name = "n"; system = "s"; builder = "b"; __structuredAttrs = true; a = [ x x x x x x ]; }).drvPath`},
	{"derivation with many inputs", `builtins.genList (i: "${builtins.toFile (toString i) ""}") 20000`, `(derivation { name = "n"; system = "s"; builder = "b"; a = [ x x x x x x x x x x ]; }).drvPath`},
	{"readDir", "0", `builtins.foldl' (n: y: n + builtins.length (builtins.attrNames (builtins.readDir DIR/many))) 0 (builtins.genList (y: y) 100000)`},
}

// largeFiles makes the files that some tests read. The largest has no data on the disk.
func largeFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("large", "")
	if err := os.Truncate(filepath.Join(dir, "large"), 64<<20); err != nil {
		t.Fatal(err)
	}
	write("large.nix", "["+strings.Repeat(` { a = x: x + 1; b = "c ${toString 1}"; }`, 400_000)+"]")
	write("set.nix", "{ l = ["+strings.Repeat(" (a.b or c)", 600_000)+" ]; }")
	if err := os.Mkdir(filepath.Join(dir, "many"), 0o777); err != nil {
		t.Fatal(err)
	}
	for i := range 5000 {
		write("many/"+strings.Repeat("f", 1+i%20)+string(rune('a'+i%26))+strings.Repeat("g", i/26), strings.Repeat("x", 40_000))
	}
	return dir
}

// TestCancelAnything cancels evaluations in the middle of their work. Each has to end within 100 ms of the processor time of the thread that
// evaluates, which does not grow while the machine does other things. One that is late is tried twice more, since a page of memory
// costs what the machine pleases; work that is late always is late three times.
func TestCancelAnything(t *testing.T) {
	if testing.Short() {
		t.Skip("takes memory")
	}
	const bound = 100 * time.Millisecond
	dir := largeFiles(t)
	idle := 0
	for _, test := range busy {
		t.Run(test.name, func(t *testing.T) {
			source := strings.ReplaceAll(test.source, "DIR", dir)
			for try := 1; ; try++ {
				took, err := cancelIn(t, 40*time.Millisecond, `let x = `+test.given+`; in builtins.deepSeq x (builtins.trace "go" (`+source+`))`)
				switch {
				case err == nil && took == 0:
					t.Log("it ended before it was cancelled")
					idle++
				case err == nil:
					t.Errorf("it took no notice, and ended by itself after %v", took)
				case err.Kind != eval.Canceled || !errors.Is(err, context.Canceled):
					t.Errorf("got %.300v, want a cancelled evaluation", err)
				case took > bound && try < 3:
					continue
				case took > bound:
					t.Errorf("it took %v", took)
				}
				return
			}
		})
	}
	if idle > len(busy)/4 {
		t.Errorf("%d of %d are not busy enough: they ended before they were cancelled", idle, len(busy))
	}
}

// cancelIn evaluates on a thread of its own, cancels some time of that thread after "go" was traced, and tells how much of the
// thread's processor time it took to end.
func cancelIn(t *testing.T, after time.Duration, source string) (time.Duration, *eval.Error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var clock, canceled atomic.Int64
	over := make(chan struct{})
	log := func(line string) {
		if line != "trace: go" {
			return
		}
		began := threadTime(clock.Load())
		go func() {
			for threadTime(clock.Load())-began < after {
				select {
				case <-over:
					return
				case <-time.After(time.Millisecond):
				}
			}
			canceled.Store(int64(threadTime(clock.Load())))
			cancel()
		}()
	}
	m := nix.New(nix.Options{Options: eval.Options{Log: log}})
	var took time.Duration
	err := m.Run(ctx, func() *eval.Error {
		runtime.LockOSThread() // the thread ends with the goroutine
		clock.Store(int64(unix.Gettid()))
		_, err := m.EvalString(source, "«string»", "/")
		close(over)
		if at := canceled.Load(); at != 0 {
			took = threadTime(clock.Load()) - time.Duration(at)
		}
		return err
	})
	return took, err
}

// threadTime is the processor time that a thread of this process has taken.
func threadTime(tid int64) time.Duration {
	const perThread, scheduled = 4, 2
	var now unix.Timespec
	if err := unix.ClockGettime(int32(^tid<<3|perThread|scheduled), &now); err != nil {
		return 0 // the thread has ended
	}
	return time.Duration(now.Nano())
}
