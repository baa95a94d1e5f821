package toml

// This file looks a text over before it is parsed. It bounds nesting, since parser and values are recursive, and
// refuses what only TOML 1.1 allows: lines and commas at the end of inline tables, the escapes \e and \x, times
// without seconds.

import "strings"

// maxDepth bounds brackets and the parts of a dotted name, taken together.
const maxDepth = 1000

// A problem is an error at a place of the text.
type problem struct {
	offset            int
	where, what, hint string
}

// A checker knows only strings, comments, brackets and times. In a text that is not TOML it may find
// something else than what is wrong there.
type checker struct {
	text     string
	pos      int
	brackets []byte
	dots     int  // in the name or number at hand
	last     byte // what came before, without white space
}

// check finds the first problem; deep is the number of a line that is nested too deeply, or 0.
func check(text string) (bad *problem, deep int) {
	c := checker{text: text}
	for c.pos < len(text) {
		b := text[c.pos]
		if bad := c.step(b); bad != nil {
			return bad, 0
		}
		if len(c.brackets)+c.dots > maxDepth {
			return nil, 1 + strings.Count(text[:c.pos], "\n")
		}
		if strings.IndexByte(" \t\r\n", b) < 0 {
			c.last = b
		}
	}
	return nil, 0
}

func (c *checker) step(b byte) *problem {
	switch b {
	case '#':
		c.pos += len(lineOf(c.text[c.pos:]))
		return nil
	case '"', '\'':
		return c.quoted()
	case '\n':
		if c.inTable() {
			return &problem{c.pos, "toml::parse_inline_table", "missing closing bracket `}`", "expected `}`, reached line end"}
		}
		if len(c.brackets) == 0 {
			c.dots = 0
		}
	case '[', '{':
		c.brackets = append(c.brackets, b)
	case ']', '}':
		if b == '}' && c.inTable() && c.last == ',' {
			return &problem{c.pos, "toml::parse_inline_table", "trailing comma is not allowed in TOML-v1.0.0)", "here"}
		}
		if len(c.brackets) > 0 {
			c.brackets = c.brackets[:len(c.brackets)-1]
		}
	case '.':
		c.dots++
	case ',':
		c.dots = 0
	case ':':
		return c.time()
	}
	c.pos++
	return nil
}

func (c *checker) inTable() bool {
	return len(c.brackets) > 0 && c.brackets[len(c.brackets)-1] == '{'
}

// time looks at a time or an offset at its first colon.
func (c *checker) time() *problem {
	start := c.pos
	for start > 0 && c.text[start-1] >= '0' && c.text[start-1] <= '9' {
		start--
	}
	offset := start > 0 && (c.text[start-1] == '+' || c.text[start-1] == '-')
	end := c.pos + len(":MM")
	if !offset && (end >= len(c.text) || c.text[end] != ':') {
		return &problem{min(end, len(c.text)), "bad time", "must be HH:MM:SS.subsec", "expected :"}
	}
	c.pos = min(end+1, len(c.text))
	return nil
}

// quoted goes to the end of a string. One that does not end goes to the end of the line, or of the text if it
// may have several lines.
func (c *checker) quoted() *problem {
	rest := c.text[c.pos:]
	quote := rest[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(rest, triple) {
		quote = triple
	} else {
		rest = lineOf(rest)
	}
	i := len(quote)
	for i < len(rest) && !strings.HasPrefix(rest[i:], quote) {
		if quote[0] == '"' && rest[i] == '\\' {
			i++
			if i < len(rest) && (rest[i] == 'e' || rest[i] == 'x') {
				return &problem{c.pos + i, "toml::parse_basic_string", "invalid string format", `expected "`}
			}
		}
		i++
	}
	c.pos += min(i+len(quote), len(rest))
	return nil
}

// lineOf is the text up to the end of the line.
func lineOf(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
