package repl

// This file puts values on the screen: settings, colours, pages.

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"nixops4/engine/plan"
	"nixops4/eval/syntax"
	"nixops4/eval/worker"
)

// settings are what :set changes.
type settings struct {
	depth  int
	items  int
	bytes  int
	all    bool // fold nothing
	timing bool
	pager  bool
	vi     bool
	reveal bool
}

func defaultSettings(o Options) settings {
	if o.Terminal == nil {
		return settings{all: true}
	}
	return settings{depth: 4, items: 20, bytes: 1000, pager: true}
}

// layout is how values are printed now.
func (s settings) layout(sh *shell) worker.Layout {
	l := worker.Layout{Width: sh.columns(), Reveal: s.reveal}
	if !s.all {
		l.Depth, l.Items, l.Bytes = s.depth, s.items, s.bytes
	}
	return l
}

// columns is the width of the screen, and 80 when there is none.
func (sh *shell) columns() int {
	if w := sh.options.Width(); w > 0 {
		return w
	}
	return 80
}

const (
	red    = "1;31"
	cyan   = "1;36"
	dim    = "2"
	green  = "32"
	yellow = "33"
	blue   = "34"
)

func (sh *shell) paint(color, text string) string { return paint(sh.options.Color, color, text) }

func paint(on bool, color, text string) string {
	if !on || color == "" || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

var (
	nixLexer      = chroma.Coalesce(lexers.Get("nix"))
	starlarkLexer = chroma.Coalesce(lexers.Get("python"))
)

// highlight colours Nix.
func (sh *shell) highlight(text string) string {
	if !sh.options.Color || strings.Contains(text, "\x1b[") {
		return text
	}
	return colourNix(text)
}

func colourNix(text string) string { return colourCode(nixLexer, text) }

func colourStarlark(text string) string { return colourCode(starlarkLexer, text) }

// colourCode colours code. Nothing but escape sequences is added.
func colourCode(lexer chroma.Lexer, text string) string {
	const most = 100_000 // colouring more takes longer than anybody looks at it
	if len(text) > most {
		return text
	}
	body := strings.TrimSuffix(text, "\n") // a line feed in a token would be one more
	tokens, err := lexer.Tokenise(nil, body)
	if err != nil {
		return text
	}
	var b, plain strings.Builder
	for _, token := range tokens.Tokens() {
		plain.WriteString(token.Value)
		b.WriteString(paint(true, colorOf(token.Type), token.Value))
	}
	if strings.TrimSuffix(plain.String(), "\n") != body {
		return text // the lexer has lost something
	}
	return strings.TrimSuffix(b.String(), "\n") + text[len(body):]
}

func colorOf(t chroma.TokenType) string {
	switch {
	case t.InCategory(chroma.Comment):
		return dim
	case t.InSubCategory(chroma.LiteralString):
		return green
	case t.InSubCategory(chroma.LiteralNumber):
		return cyan
	case t.InCategory(chroma.Keyword):
		return blue
	case t == chroma.NameBuiltin:
		return yellow
	case t == chroma.Error:
		return ""
	}
	return ""
}

// page shows a text, through a pager when it is longer than the screen.
func (sh *shell) page(text string) error {
	height := 0
	if sh.options.Height != nil {
		height = sh.options.Height()
	}
	if sh.options.Terminal == nil || !sh.settings.pager || height == 0 || strings.Count(text, "\n") < height {
		_, err := io.WriteString(sh.options.Out, text)
		return err
	}
	pager := sh.options.Getenv("PAGER")
	if pager == "" {
		pager = "less -R -F -X"
	}
	cmd := exec.Command("sh", "-c", pager)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(tame(text)), os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		_, err := io.WriteString(sh.options.Out, text)
		return err
	}
	return nil
}

// nixString writes a string as a Nix literal.
func nixString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

// jsonText writes JSON as Nix, with words in place of what is unknown.
func (sh *shell) jsonText(text json.RawMessage, unknown []plan.Unknown) string {
	for _, u := range unknown {
		if len(u.At) == 0 {
			return "«unknown: " + u.Until.String() + "»"
		}
	}
	var list []json.RawMessage
	var object map[string]json.RawMessage
	var str string
	switch {
	case len(text) == 0:
		return "null"
	case text[0] == '[' && json.Unmarshal(text, &list) == nil:
		parts := []string{"["}
		for i, elem := range list {
			parts = append(parts, sh.jsonText(elem, unknownBelow(unknown, strconv.Itoa(i))))
		}
		return strings.Join(append(parts, "]"), " ")
	case text[0] == '{' && json.Unmarshal(text, &object) == nil:
		parts := []string{"{"}
		for _, name := range sortedNames(object) {
			parts = append(parts, quoteAll([]string{name})[0]+" = "+sh.jsonText(object[name], unknownBelow(unknown, name))+";")
		}
		return strings.Join(append(parts, "}"), " ")
	case text[0] == '"' && json.Unmarshal(text, &str) == nil:
		return sh.onTerminal(nixString(str))
	}
	return string(text)
}

// onTerminal makes a foreign text fit to be shown where the user types.
func (sh *shell) onTerminal(text string) string {
	if sh.options.Terminal == nil {
		return text
	}
	return visible(text)
}

func sortedNames[V any](object map[string]V) []string {
	var names []string
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// setting is an option of :set.
type setting struct {
	name  string
	about string
	get   func(*settings) string
	set   func(*settings, string) error
}

func numberSetting(name, about string, at func(*settings) *int) setting {
	return setting{name, about, func(s *settings) string { return strconv.Itoa(*at(s)) }, func(s *settings, text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fmt.Errorf("%s takes a number, 0 for no bound, not %q", name, text)
		}
		*at(s) = n
		return nil
	}}
}

func switchSetting(name, about string, at func(*settings) *bool) setting {
	return setting{name, about, func(s *settings) string { return map[bool]string{true: "on", false: "off"}[*at(s)] }, func(s *settings, text string) error {
		switch text {
		case "on":
			*at(s) = true
		case "off":
			*at(s) = false
		default:
			return fmt.Errorf("%s is on or off, not %q", name, text)
		}
		return nil
	}}
}

var settingsTable = []setting{
	switchSetting("all", "show values whole", func(s *settings) *bool { return &s.all }),
	numberSetting("bytes", "of each string that is shown", func(s *settings) *int { return &s.bytes }),
	numberSetting("depth", "of nesting that is shown", func(s *settings) *int { return &s.depth }),
	{"editing", "keys of vi or emacs", func(s *settings) string { return map[bool]string{true: "vi", false: "emacs"}[s.vi] }, func(s *settings, text string) error {
		if text != "vi" && text != "emacs" {
			return fmt.Errorf("editing is vi or emacs, not %q", text)
		}
		s.vi = text == "vi"
		return nil
	}},
	numberSetting("items", "of each list or set that are shown", func(s *settings) *int { return &s.items }),
	switchSetting("pager", "use $PAGER for what is longer than the screen", func(s *settings) *bool { return &s.pager }),
	switchSetting("reveal", "show secrets", func(s *settings) *bool { return &s.reveal }),
	switchSetting("timing", "tell how long each statement took", func(s *settings) *bool { return &s.timing }),
}

// attrPath splits an expression a.b.c into a.b and c; ok is false when it is none.
func attrPath(expr string) (set, name string, ok bool) {
	src := source(expr)
	tree, err := syntax.Parse(src, parseOptions)
	if err != nil {
		return "", "", false
	}
	s, isSelect := tree.(*syntax.Select)
	if !isSelect || len(s.Path) == 0 {
		return "", "", false
	}
	if dot := strings.LastIndexByte(expr, '.'); dot > 0 && parseExpr(expr[:dot]) == nil {
		return expr[:dot], strings.Trim(strings.TrimSpace(expr[dot+1:]), `"`), true
	}
	return "", "", false
}
