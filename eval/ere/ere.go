// Package ere matches POSIX extended regular expressions the way builtins.match and builtins.split of Nix do.
//
// Nix uses C++'s std::regex of the GNU library, whose choice among several possible matches is neither that of
// POSIX nor that of Perl, so package regexp of Go cannot stand in for it. The rules are:
//
//   - text is bytes; "." is any byte but NUL, and the classes know ASCII only;
//   - a search takes the leftmost match; from there, both sides of every "|" are tried and the longest end
//     wins, the earlier one of two equally long;
//   - a repetition is greedy, and what comes with fewer rounds is only looked at if more rounds lead to no
//     match at all, even if it were longer: "(a?)(ab)?" finds "a" in "ab";
//   - a round that matches the empty string counts, up to two times at one place: "(a*)*" leaves an empty group;
//   - a group keeps what it matched last, also from an earlier round.
//
// # How it works
//
// An expression becomes a small program (parse.go, program.go), run by backtracking with a stack of its own
// (match.go). A byte of look-ahead prunes most choices before they are made, and a loop over one set of bytes is one
// instruction. When a match takes more steps than a plain one does, the places already tried are remembered
// from then on, which bounds the work by the size of the program times the length of the text. So neither a
// long text nor a hostile expression exhausts a stack or takes exponential time.
package ere

import "errors"

// ErrSyntax is the error of an expression that is not valid.
var ErrSyntax = errors.New("invalid regular expression")

// ErrTooLarge is the error of an expression, or a match, that needs too much memory.
var ErrTooLarge = errors.New("memory limit exceeded by regular expression")

// A Regex is a compiled expression. It may be used by several goroutines at once.
type Regex struct {
	prog   []inst
	groups int
	// chooses says that the expression has a "|", so that the first match found need not be the longest.
	chooses bool
	// loops is the number of repetitions whose body may match the empty string.
	loops int
	// first is the set of bytes a match can start with, unless it may be empty.
	first    byteSet
	nullable bool
	prefix   string // what every match starts with
}

// Compile makes a Regex. The error is [ErrSyntax] or [ErrTooLarge].
func Compile(expr string) (*Regex, error) {
	p := &parser{text: expr}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return p.link(), nil
}

// Groups is the number of groups in parentheses.
func (r *Regex) Groups() int { return r.groups }

// Match says whether the whole text matches. For each group i, groups[2*i] and groups[2*i+1] are the start and
// end of what it matched, or -1 when it took no part. poll is called every now and then, and an error from it
// ends the match; it may be nil. The error may also be [ErrTooLarge].
func (r *Regex) Match(text string, poll func() error) (groups []int, ok bool, err error) {
	m := r.matcher(text, poll)
	ok, err = m.whole()
	return m.best, ok, err
}

func (m *matcher) whole() (bool, error) {
	m.exact = true
	m.forget()
	return m.attempt(0)
}

// Each calls found for every match in the text, from left to right, with its start and end and the groups
// as in [Regex.Match]. groups is only valid during the call.
func (r *Regex) Each(text string, poll func() error, found func(start, end int, groups []int)) error {
	return r.matcher(text, poll).each(found)
}

func (m *matcher) each(found func(start, end int, groups []int)) error {
	inside := false
	ok, err := m.search(0, inside)
	for ok && err == nil {
		start, next := m.begin, m.end
		found(start, next, m.best)
		if start == next {
			if next == len(m.text) {
				return nil
			}
			if ok, err = m.again(next, inside); ok || err != nil {
				continue
			}
			next++
		}
		inside = true
		ok, err = m.search(next, inside)
	}
	return err
}

// again looks for a match at the place of an empty one, which must not be empty then.
func (m *matcher) again(start int, inside bool) (bool, error) {
	m.forget()
	m.inside, m.notEmpty = inside, true
	ok, err := m.attempt(start)
	m.notEmpty = false
	return ok, err
}
