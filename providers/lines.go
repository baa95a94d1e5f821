package providers

// This file reads the lines of a provider's standard output.

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
)

// message is one line of standard output.
type message struct {
	line    []byte // without newline
	more    bool   // more output came together with it
	cut     bool   // the output ended without a newline
	tooLong bool   // line is only its start
}

// readLines sends each line of r to lines, until the end, a line longer than limit, or unread is closed. Then it closes lines.
func readLines(r io.Reader, limit int, lines chan<- message, unread <-chan struct{}) {
	defer close(lines)
	buffered := bufio.NewReaderSize(r, 64<<10)
	for {
		m, ok := readLine(buffered, limit)
		if !ok {
			return
		}
		select {
		case lines <- m:
		case <-unread:
			return
		}
		if m.cut || m.tooLong {
			return
		}
	}
}

func readLine(r *bufio.Reader, limit int) (m message, ok bool) {
	for {
		part, err := r.ReadSlice('\n')
		m.line = append(m.line, part...)
		switch {
		case len(m.line) > limit:
			m.tooLong = true
			return m, true
		case err == nil:
			m.line = bytes.TrimSuffix(m.line, []byte("\n"))
			m.more = r.Buffered() > 0
			return m, true
		case err != bufio.ErrBufferFull:
			m.cut = true
			return m, len(m.line) > 0
		}
	}
}

// quote returns the line for a message, unless it looks like a response, which may hold secrets.
func (m message) quote() string {
	if bytes.HasPrefix(bytes.TrimSpace(m.line), []byte("{")) || len(m.line) == 0 {
		return ""
	}
	return ": " + m.describe()
}

func (m message) describe() string {
	if bytes.HasPrefix(bytes.TrimSpace(m.line), []byte("{")) {
		return strconv.Itoa(len(m.line)) + " bytes"
	}
	return strconv.Quote(oneLine(string(m.line), 80))
}
