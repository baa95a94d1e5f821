package file

// This file splits a file into JSON documents.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"nixops4/state"
)

// scanner reads events from concatenated JSON documents, with or without white space between them.
type scanner struct {
	data []byte
	at   int // where the next document starts, or white space before it
}

// errTorn says that the data ends within a document.
var errTorn = errors.New("it ends within a JSON document")

// garbageError says that there is something else than JSON at an offset in the data.
type garbageError struct {
	offset int64
	msg    string
}

func (e *garbageError) Error() string { return e.msg }

// next returns the next event and its offset in the data. At the end it returns io.EOF, [errTorn] with the offset of what is incomplete,
// a [*garbageError], or another error when there is a JSON document that is not an event.
func (s *scanner) next() (offset int64, e state.Event, err error) {
	rest := bytes.TrimLeft(s.data[s.at:], " \t\r\n")
	s.at = len(s.data) - len(rest)
	offset = int64(s.at)
	// Usually an event is a line. Looking for its end is cheap, and the event checks itself.
	if end := bytes.IndexByte(rest, '\n'); end > 0 {
		if e, err := state.ParseEvent(rest[:end]); err == nil {
			s.at += end + 1
			return offset, e, nil
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(rest))
	var text json.RawMessage
	if err := decoder.Decode(&text); err != nil {
		return offset, e, s.explain(err)
	}
	if i := invalidUTF8(text); i >= 0 {
		return offset, e, &garbageError{offset + int64(i), "text that is not UTF-8"}
	}
	s.at += int(decoder.InputOffset())
	e, err = state.ParseEvent(text)
	return offset, e, err
}

// explain tells why there is no JSON document at s.at.
func (s *scanner) explain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errTorn
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	at := s.at + max(int(syntax.Offset)-1, 0) // of the character that is wrong
	if len(bytes.Trim(s.data[at:], "\x00")) == 0 {
		return errTorn // some file systems leave zeros for what was not written before a crash
	}
	return &garbageError{int64(at), fmt.Sprintf("this is not JSON: %s", syntax)}
}

// invalidUTF8 returns the index of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
}
