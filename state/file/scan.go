package file

// This file splits a file into JSON documents.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// scanner splits concatenated JSON documents, with or without white space between them.
type scanner struct {
	data    []byte
	decoder *json.Decoder
}

func newScanner(data []byte) *scanner {
	return &scanner{data: data, decoder: json.NewDecoder(bytes.NewReader(data))}
}

// errTorn says that the data ends within a document.
var errTorn = errors.New("it ends within a JSON document")

// garbageError says that there is something else than JSON at an offset in the data.
type garbageError struct {
	offset int64
	msg    string
}

func (e *garbageError) Error() string { return e.msg }

// next returns the next document and its offset in the data. At the end it returns io.EOF, [errTorn] with the
// offset of what is incomplete, or a [*garbageError].
func (s *scanner) next() (offset int64, text json.RawMessage, err error) {
	before := s.decoder.InputOffset()
	before += int64(len(s.data[before:]) - len(bytes.TrimLeft(s.data[before:], " \t\r\n")))
	err = s.decoder.Decode(&text)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		if i := invalidUTF8(text); i >= 0 {
			return before, nil, &garbageError{before + int64(i), "text that is not UTF-8"}
		}
		return before, text, nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return before, nil, errTorn
	case errors.As(err, &syntax):
		at := max(syntax.Offset-1, before) // of the character that is wrong
		if len(bytes.Trim(s.data[at:], "\x00")) == 0 {
			return before, nil, errTorn // some file systems leave zeros for what was not written before a crash
		}
		return before, nil, &garbageError{at, fmt.Sprintf("this is not JSON: %s", syntax)}
	}
	return before, nil, err
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
