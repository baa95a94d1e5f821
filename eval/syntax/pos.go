package syntax

// This file defines positions: byte offsets in a virtual concatenation of all files, so that a position
// is four bytes and its line is counted only when somebody asks.

import (
	"fmt"
	"sort"
	"strings"
)

// Pos is a place in some file of a [Files]. The zero Pos is unknown.
type Pos uint32

// A Source is one parsed text: a file, an expression given on the command line, or standard input.
type Source struct {
	// Name is the absolute path of a file, or a name such as «string» or «stdin».
	Name string
	// Shown is what errors call it; empty means by its name.
	Shown string
	// IsFile says that Name is a path.
	IsFile bool
	// Text is the whole text.
	Text string

	base  Pos
	lines []uint32 // offsets at which lines start, made when first needed
}

// Pos returns the position of a byte offset in the text.
func (s *Source) Pos(offset int) Pos { return s.base + Pos(offset) }

// Files maps positions to texts. It belongs to one evaluator and is not safe for concurrent use.
type Files struct {
	sources []*Source
	next    Pos
}

// Add registers a text. Positions of all texts together are limited to 4 GiB.
func (f *Files) Add(name string, isFile bool, text string) (*Source, error) {
	if f.next == 0 {
		f.next = 1 // zero is unknown
	}
	if uint64(f.next)+uint64(len(text))+1 > 1<<32-1 {
		return nil, fmt.Errorf("reading %q: more than 4 GiB of Nix source in one evaluation", name)
	}
	s := &Source{Name: name, IsFile: isFile, Text: text, base: f.next}
	f.next += Pos(len(text)) + 1
	f.sources = append(f.sources, s)
	return s, nil
}

// A Location is a position as people read it. Line and Column count from 1; columns count bytes.
type Location struct {
	Source       *Source
	Line, Column int
}

// Locate finds the text and line of a position; ok is false for an unknown one.
func (f *Files) Locate(p Pos) (loc Location, ok bool) {
	if f == nil || p == 0 || len(f.sources) == 0 {
		return Location{}, false
	}
	i := sort.Search(len(f.sources), func(i int) bool { return f.sources[i].base > p }) - 1
	if i < 0 {
		return Location{}, false
	}
	s := f.sources[i]
	if int(p-s.base) > len(s.Text) {
		return Location{}, false
	}
	return s.locate(p), true
}

// locate finds the line of a position in the text.
func (s *Source) locate(p Pos) Location {
	offset := int(p - s.base)
	starts := s.lineStarts()
	i := sort.Search(len(starts), func(i int) bool { return int(starts[i]) > offset })
	return Location{Source: s, Line: i, Column: offset - int(starts[i-1]) + 1}
}

// lineStarts returns the offsets at which lines start. Line feed, carriage return, and the one after the
// other each end a line.
func (s *Source) lineStarts() []uint32 {
	if s.lines != nil {
		return s.lines
	}
	text := s.visible()
	s.lines = []uint32{0}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\r' && i+1 < len(text) && text[i+1] == '\n':
		case c == '\n' || c == '\r':
			s.lines = append(s.lines, uint32(i+1))
		}
	}
	return s.lines
}

// visible returns the part of the text that errors show. Like Nix, what is not a file ends at a zero byte.
func (s *Source) visible() string {
	if s.IsFile {
		return s.Text
	}
	text, _, _ := strings.Cut(s.Text, "\x00")
	return text
}

// lineCount returns the number of lines; an empty text has none.
func (s *Source) lineCount() int {
	if s.visible() == "" {
		return 0
	}
	return len(s.lineStarts())
}

// Line returns the text of a line (from 1) without its end, and "" when there is no such line.
func (s *Source) Line(n int) string {
	starts := s.lineStarts()
	if n < 1 || n > len(starts) {
		return ""
	}
	text := s.visible()
	end := len(text)
	if n < len(starts) {
		end = int(starts[n])
	}
	return strings.TrimRight(text[starts[n-1]:end], "\r\n")
}

// String renders NAME:LINE:COLUMN with the name that errors show.
func (l Location) String() string {
	name := l.Source.Shown
	if name == "" {
		name = l.Source.Name
	}
	return fmt.Sprintf("%s:%d:%d", name, l.Line, l.Column)
}
