package nixstore

// This file is the store as evaluation sees it.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"nixops4/eval"
)

// Advice says how to get Nix.
const Advice = "install Nix, see https://nixos.org/download"

// A Store is the store of an installed Nix. Its methods may be called from several goroutines.
type Store struct {
	dir      string
	programs programs
	env      []string // of the programs; nil means that of this process
	log      func(line string)

	mu    sync.Mutex // guards the rest, and what is said over the connection
	conn  *connection
	held  map[string]bool                  // store paths that the process at the other end protects from the garbage collector
	valid map[string]bool                  // store paths that are known to be there
	built map[eval.DerivationOutput]string // outputs that are known to be there
}

var _ eval.Store = (*Store)(nil)

// programs are the absolute paths of Nix's programs.
type programs struct{ daemon, store string }

// Find finds an installed Nix: its programs in PATH, or where its installers put them. Without one it is nil. Lines of what is built go
// to log.
func Find(getenv func(string) string, log func(line string)) *Store {
	folders := filepath.SplitList(getenv("PATH"))
	if home := getenv("HOME"); home != "" {
		folders = append(folders, filepath.Join(home, ".nix-profile/bin"))
	}
	folders = append(folders, "/nix/var/nix/profiles/default/bin", "/run/current-system/sw/bin")
	for _, dir := range folders {
		p := programs{filepath.Join(dir, "nix-daemon"), filepath.Join(dir, "nix-store")}
		if dir != "" && isProgram(p.daemon) && isProgram(p.store) {
			return newStore(getenv, p, log)
		}
	}
	return nil
}

func newStore(getenv func(string) string, p programs, log func(string)) *Store {
	dir := getenv("NIX_STORE_DIR")
	if dir == "" {
		dir = "/nix/store"
	}
	return &Store{dir: dir, programs: p, log: log, held: map[string]bool{}, valid: map[string]bool{}, built: map[eval.DerivationOutput]string{}}
}

func isProgram(file string) bool {
	_, err := exec.LookPath(file)
	return err == nil
}

// Dir is the folder of the store.
func (s *Store) Dir() string { return s.dir }

// Close ends the connection.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.disconnect(nil)
}

// Configure makes the programs use settings, as nix.conf has them, beside those that they have. It is called before anything is built.
func (s *Store) Configure(settings map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	env := s.env
	if env == nil {
		env = os.Environ()
	}
	config := ""
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, "NIX_CONFIG="); ok {
			config = value + "\n"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		// A line feed would begin another setting.
		config += name + " = " + strings.Join(strings.Fields(settings[name]), " ") + "\n"
	}
	s.env = append(slices.Clip(env), "NIX_CONFIG="+config)
}

// References lists what a path refers to.
func (s *Store) References(path string) ([]string, error) {
	if _, err := os.Lstat(path); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.connect(); err != nil {
		return nil, err
	}
	refs, ok, err := s.conn.references(path)
	if err != nil {
		return nil, s.disconnect(err)
	}
	if !ok {
		return nil, &fs.PathError{Op: "look up", Path: path, Err: fs.ErrNotExist}
	}
	return refs, nil
}

// Realise puts objects into the store and builds outputs.
func (s *Store) Realise(objects []eval.StoreObject, outputs []eval.DerivationOutput) (map[eval.DerivationOutput]string, error) {
	if err := s.Put(objects); err != nil {
		return nil, err
	}
	return s.Build(context.Background(), outputs, nil)
}

// Hold protects those of the paths that are in the store from the garbage collector, and what they refer to, until the store is closed.
func (s *Store) Hold(paths []string) error {
	var inside []string
	for _, p := range paths {
		if strings.HasPrefix(p, s.dir+"/") {
			inside = append(inside, p)
		}
	}
	err := s.hold(inside)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// hold protects paths. When one of them is not there, the error says so.
func (s *Store) hold(paths []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.protect(paths); err != nil {
		return err
	}
	for _, p := range paths {
		if _, err := os.Lstat(p); err != nil {
			return err
		}
	}
	return nil
}

// protect has the process at the other end protect paths. Those that are not there yet will be protected when they are.
func (s *Store) protect(paths []string) error {
	for _, p := range paths {
		if s.held[p] {
			continue
		}
		if err := s.connect(); err != nil {
			return err
		}
		if err := s.conn.hold(p); err != nil {
			return s.disconnect(fmt.Errorf("protecting '%s' from the garbage collector: %w", p, err))
		}
		s.held[p] = true
	}
	return nil
}

// Put puts objects into the store that are not there, and protects them from the garbage collector until the store is closed. Each comes
// after what it refers to.
func (s *Store) Put(objects []eval.StoreObject) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var missing []eval.StoreObject
	var paths []string
	for _, o := range objects {
		if !s.valid[o.Path] {
			missing = append(missing, o)
			paths = append(paths, o.Path)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := s.connect(); err != nil {
		return err
	}
	if err := s.protect(paths); err != nil { // before it is asked what is there
		return err
	}
	there, err := s.conn.valid(paths)
	if err != nil {
		return s.disconnect(err)
	}
	for _, p := range there {
		s.valid[p] = true
	}
	for _, o := range missing {
		if s.valid[o.Path] {
			continue
		}
		if err := s.put(o); err != nil {
			return s.disconnect(fmt.Errorf("putting '%s' into the Nix store: %w", o.Path, err))
		}
	}
	return nil
}

func (s *Store) put(o eval.StoreObject) error {
	method := "fixed:r:sha256"
	switch {
	case o.Text:
		method = "text:sha256"
	case o.Flat:
		method = "fixed:sha256"
	}
	got, err := s.conn.add(nameOf(o.Path), method, o.References, o.Write)
	if err != nil {
		return err
	}
	if got != o.Path {
		return fmt.Errorf("it became '%s': it changed since it was evaluated", got)
	}
	s.valid[o.Path] = true
	return nil
}

// nameOf is the name in a store path, after the hash.
func nameOf(path string) string {
	_, name, _ := strings.Cut(filepath.Base(path), "-")
	return name
}

// connect makes sure that there is a connection.
func (s *Store) connect() error {
	if s.conn != nil {
		return nil
	}
	conn, err := connect(s.programs.daemon, s.env, s.log)
	if err != nil {
		return fmt.Errorf("talking to the Nix store through %s: %w", s.programs.daemon, err)
	}
	s.conn = conn
	return nil
}

// disconnect ends the connection after an error that may have left it in the middle of something.
func (s *Store) disconnect(err error) error {
	if s.conn == nil {
		return err
	}
	var refused *refusedError
	if errors.As(err, &refused) {
		return err // it is still in step
	}
	conn := s.conn
	s.conn = nil
	clear(s.held) // it protects no longer
	clear(s.valid)
	return errors.Join(err, conn.close())
}
