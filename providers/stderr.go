package providers

// This file reads a provider's standard error and assigns its lines to requests.

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// maxLogLine is where an endless line is cut into several.
const maxLogLine = 64 << 10

// stderrLog reads one process's standard error. Lines go to a callback and the last ones are kept.
//
// Standard output and standard error are two pipes, so a response can overtake the lines that were written before it. sync waits until all that was
// written before is read: the process's write has returned, so the bytes are in the pipe, and the reader only has to empty it.
type stderrLog struct {
	file       *os.File
	executable string
	log        func(LogLine)
	done       chan struct{} // closed when the reader has ended

	mu       sync.Mutex // guards the fields below and calls of log
	label    string
	quiet    bool // keep lines, do not log them
	keep     int
	kept     []string // the last lines of the current request
	partial  []byte   // a line without its end
	waiting  []chan struct{}
	finished bool // stop when the pipe is empty
}

func newStderrLog(file *os.File, keep int, executable string, log func(LogLine)) *stderrLog {
	s := &stderrLog{file: file, keep: keep, executable: executable, log: log, done: make(chan struct{})}
	s.quiet = true // until the first request gives a label
	go s.read()
	return s
}

// begin says which request lines belong to from now on.
func (s *stderrLog) begin(label string, quiet, forget bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	early := s.kept
	wasUnlabelled := !forget
	s.label, s.quiet = label, quiet
	if forget {
		s.kept = nil
	}
	if wasUnlabelled && !quiet {
		for _, line := range early { // written by the new process before its first request
			s.log(LogLine{Label: label, Executable: s.executable, Text: line})
		}
	}
}

// sync waits until everything the process wrote so far is read.
func (s *stderrLog) sync() {
	read := make(chan struct{})
	s.mu.Lock()
	s.waiting = append(s.waiting, read)
	_ = s.file.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
	s.mu.Unlock()
	select {
	case <-read:
	case <-s.done:
	}
}

// finish makes the reader stop at the end of the pipe, or at the deadline when somebody else still holds it open.
func (s *stderrLog) finish(deadline time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished = true
	if len(s.waiting) == 0 {
		_ = s.file.SetReadDeadline(deadline)
	}
}

// last returns the last lines of the current request, with an unfinished one.
func (s *stderrLog) last() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := append([]string(nil), s.kept...)
	if len(s.partial) > 0 {
		lines = append(lines, strings.ToValidUTF8(string(s.partial), "\uFFFD"))
	}
	return lines[max(0, len(lines)-s.keep):]
}

// remark logs a sentence about the process.
func (s *stderrLog) remark(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log(LogLine{Label: s.label, Executable: s.executable, Text: text, Remark: true})
}

func (s *stderrLog) read() {
	defer close(s.done)
	buffer := make([]byte, 16<<10)
	for {
		n, err := s.file.Read(buffer)
		s.feed(buffer[:n])
		if err == nil {
			continue
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || s.drain(buffer) {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.partial) > 0 {
		s.line(s.partial)
		s.partial = nil
	}
}

// drain reads what is in the pipe without waiting for more, and tells those who wait. It reports whether reading is over.
func (s *stderrLog) drain(buffer []byte) (over bool) {
	s.mu.Lock()
	waiting, finished := s.waiting, s.finished
	s.waiting = nil
	_ = s.file.SetReadDeadline(time.Time{})
	s.mu.Unlock()
	written, known := bytesInPipe(s.file) // what comes later is not waited for: somebody may write without end
	for n, ok := 0, true; ok && (!known || written > 0); written -= n {
		n, ok = readNow(s.file, buffer)
		s.feed(buffer[:n])
	}
	for _, c := range waiting {
		close(c)
	}
	return finished
}

// readNow reads without waiting. ok is false when there is nothing to read.
func readNow(f *os.File, buffer []byte) (n int, ok bool) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, false
	}
	err = conn.Read(func(fd uintptr) bool {
		for {
			n, err = syscall.Read(int(fd), buffer)
			if err != syscall.EINTR {
				return true
			}
		}
	})
	return n, err == nil && n > 0
}

// feed splits data into lines.
func (s *stderrLog) feed(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(data) > 0 {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			s.partial = append(s.partial, data...)
			break
		}
		s.line(append(s.partial, data[:i]...))
		s.partial = s.partial[:0]
		data = data[i+1:]
	}
	for len(s.partial) > maxLogLine {
		s.line(s.partial[:maxLogLine])
		s.partial = append(s.partial[:0], s.partial[maxLogLine:]...)
	}
}

// line takes one complete line.
func (s *stderrLog) line(raw []byte) {
	text := strings.ToValidUTF8(strings.TrimSuffix(string(raw), "\r"), "\uFFFD")
	s.kept = append(s.kept, text)
	if len(s.kept) > s.keep {
		s.kept = s.kept[1:]
	}
	if !s.quiet {
		s.log(LogLine{Label: s.label, Executable: s.executable, Text: text})
	}
}
