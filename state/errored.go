package state

// This file keeps events that could not be appended in a file of their own, to be replayed when the store works again.
//
// The file holds JSON documents, one a line: a header, then the events. It is appended to and synced like a log, so that it has whatever was
// handed over before a crash.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// erroredType is the value of "_type" in the header.
const erroredType = "nixopsErroredEvents"

// Errored is the content of such a file.
type Errored struct {
	Type     string    `json:"_type"`
	Resource []string  `json:"resource,omitzero"` // path of the state resource whose state it is
	File     string    `json:"file,omitzero"`     // or the state file, when it was named directly
	Time     time.Time `json:"time"`              // of the first failure
	Command  string    `json:"command,omitzero"`
	Cause    string    `json:"cause"`
	Expected uint64    `json:"expectedIndex"` // that the first event would have had
	Events   []Event   `json:"-"`
}

// ErroredWriter keeps events for one [Journal]: its Keep is made for [JournalOptions].Unsaved. The file is created when it is needed.
type ErroredWriter struct {
	dir    string
	header Errored
	path   string // "" until it is created
}

// NewErroredWriter returns a writer for a file in dir. Of the header, Resource, File and Command are used.
func NewErroredWriter(dir string, header Errored) *ErroredWriter {
	return &ErroredWriter{dir: dir, header: header}
}

// Path returns the file's path, "" when nothing was kept.
func (w *ErroredWriter) Path() string { return w.path }

// Keep appends the events durably. When that is impossible too, the error holds them as text: there is nowhere else to put them.
func (w *ErroredWriter) Keep(u Unsaved) error {
	var lines bytes.Buffer
	for i, e := range u.Events {
		e.Index = u.Expected + uint64(i)
		text, err := e.MarshalJSON()
		if err != nil {
			return err
		}
		lines.Write(append(text, '\n'))
	}
	f, err := w.open(u)
	if err == nil {
		err = appendWhole(f, lines.Bytes())
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		return fmt.Errorf("keeping what was done in %s: %w; it is:\n%s", w.dir, err, lines.Bytes())
	}
	return nil
}

// appendWhole appends text durably, or nothing: half a line would make what is appended later unreadable.
func appendWhole(f *os.File, text []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		err = errors.Join(err, f.Truncate(info.Size()))
	}
	return err
}

// open opens the file at its end, and creates it at the first call.
func (w *ErroredWriter) open(u Unsaved) (*os.File, error) {
	if w.path != "" {
		return os.OpenFile(w.path, os.O_WRONLY|os.O_APPEND, 0)
	}
	h := w.header
	h.Type, h.Time, h.Cause, h.Expected = erroredType, time.Now().UTC(), u.Err.Error(), u.Expected
	header, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	base := filepath.Join(w.dir, "errored-"+h.Time.Format("20060102T150405Z"))
	for n := 1; ; n++ {
		path := base + ".nixops4.json"
		if n > 1 {
			path = fmt.Sprintf("%s-%d.nixops4.json", base, n)
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err = appendWhole(f, append(header, '\n')); err == nil {
			err = syncDir(w.dir)
		}
		if err != nil { // without its header it would be good for nothing
			return nil, errors.Join(err, f.Close(), os.Remove(path))
		}
		w.path = path
		return f, nil
	}
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// FindErrored returns the paths of the files in dir that were kept and not replayed yet, oldest first.
func FindErrored(dir string) []string {
	paths, _ := filepath.Glob(filepath.Join(globQuote(dir), "errored-*.nixops4.json")) // the pattern is good
	return slices.DeleteFunc(paths, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() == 0 // a crash came before anything was kept
	})
}

// globQuote writes a folder's name so that it matches itself only.
func globQuote(dir string) string {
	var b bytes.Buffer
	for _, r := range []byte(dir) {
		if bytes.IndexByte([]byte(`*?[\`), r) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(r)
	}
	return b.String()
}

// ReadErrored reads a file that an [ErroredWriter] wrote. A last line that a crash left unfinished is left out; what it would have
// said was reported as an error then.
func ReadErrored(path string) (*Errored, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading kept events: %w", err)
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	header, lines, _ := bytes.Cut(whole, []byte("\n"))
	var e Errored
	if len(whole) == 0 {
		return nil, fmt.Errorf("%s holds nothing: its first line is not complete, so a crash or a full disk came before any event was kept; remove it", path)
	}
	if json.Unmarshal(header, &e) != nil || e.Type != erroredType {
		return nil, fmt.Errorf("%s does not hold events that could not be appended: its first line is not a header with \"_type\": %q", path, erroredType)
	}
	number := 1
	for line := range bytes.Lines(lines) {
		number++
		event, err := ParseEvent(bytes.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, number, err)
		}
		e.Events = append(e.Events, event)
	}
	return &e, nil
}
