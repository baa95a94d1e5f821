// Package secret takes secrets out of what is shown.
//
// A [Redactor] is told the texts that are secret and puts [Hidden] in their place, in lines for people ([Redactor.Hide]), in JSON
// ([Redactor.HideJSON]) and in all that is written through a [Redactor.Writer]. It is the last line of defence: who prints a value that is known to be
// sensitive masks it by itself. What it cannot find is a secret that was changed in a way it does not know, or one that it was told too late.
package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Hidden is shown in place of a secret.
const Hidden = "(sensitive)"

// HiddenJSON is [Hidden] as a JSON value.
const HiddenJSON = `"` + Hidden + `"`

// shortest is the length in bytes from which a secret is looked for in texts. Shorter ones are everywhere, and are no secrets.
const shortest = 4

// Redactor knows secrets. The zero value knows none, and a nil one never will. Its methods may be called from several goroutines at once.
type Redactor struct {
	mu    sync.RWMutex // guards the rest
	forms map[string]bool
	// lengths of the forms by their first bytes, longest first, so that adding costs nothing but the new form.
	lengths map[[shortest]byte][]int
}

// Add makes a secret known: its text, the forms it takes in JSON, URLs, base64 and hexadecimal, and each of its lines.
func (r *Redactor) Add(text string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(text)
	if lines := strings.Split(text, "\n"); len(lines) > 1 {
		for _, line := range lines {
			r.add(strings.TrimSpace(line))
		}
	}
}

// AddWhole is [Redactor.Add] for a text that has a secret in it: its lines are not secret each by itself.
func (r *Redactor) AddWhole(text string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(text)
}

// AddJSON adds all strings in a JSON value, but not the names of members.
func (r *Redactor) AddJSON(value json.RawMessage) { eachString(value, r.Add) }

// AddWholeJSON is AddJSON with [Redactor.AddWhole].
func (r *Redactor) AddWholeJSON(value json.RawMessage) { eachString(value, r.AddWhole) }

func eachString(value json.RawMessage, add func(string)) {
	var decoded any
	if len(value) == 0 || json.Unmarshal(value, &decoded) != nil {
		return
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			add(v)
		case []any:
			for _, elem := range v {
				walk(elem)
			}
		case map[string]any:
			for _, elem := range v {
				walk(elem)
			}
		}
	}
	walk(decoded)
}

// add is called with mu held.
func (r *Redactor) add(text string) {
	if !worthHiding(text) || r.forms[text] {
		return
	}
	if r.forms == nil {
		r.forms, r.lengths = map[string]bool{}, map[[shortest]byte][]int{}
	}
	for _, form := range formsOf(text) {
		if len(form) < shortest || r.forms[form] {
			continue
		}
		r.forms[form] = true
		first := [shortest]byte([]byte(form[:shortest]))
		if at, found := slices.BinarySearchFunc(r.lengths[first], len(form), func(x, y int) int { return y - x }); !found {
			r.lengths[first] = slices.Insert(r.lengths[first], at, len(form))
		}
	}
}

// worthHiding keeps out words that are everywhere, and our own.
func worthHiding(text string) bool {
	switch text {
	case "true", "false", "null", Hidden:
		return false
	}
	return len(text) >= shortest
}

func formsOf(text string) []string {
	raw := []byte(text)
	base := base64.StdEncoding.EncodeToString(raw)
	json, shell := quoted(text, false), strings.ReplaceAll(text, "'", `'\''`)
	return []string{
		text, strings.TrimSpace(text), json, quoted(text, true), strings.Trim(fmt.Sprintf("%q", text), `"`), shell,
		quoted(json, false), quoted(shell, false), // JSON and commands are quoted again where they are part of a value that is shown
		strings.ReplaceAll(json, "${", `\${`), // as Nix writes strings
		url.QueryEscape(text), url.PathEscape(text),
		base, strings.TrimRight(base, "="), base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), hex.EncodeToString(raw),
	}
}

// quoted returns text as it stands between the quotes of a JSON string.
func quoted(text string, html bool) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(html)
	_ = encoder.Encode(text) // a string always can be
	line := strings.TrimSuffix(b.String(), "\n")
	return line[1 : len(line)-1]
}

// Empty reports whether no secret is known.
func (r *Redactor) Empty() bool {
	if r == nil {
		return true
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.forms) == 0
}

// Contains reports whether text has a secret in it.
func (r *Redactor) Contains(text string) bool { return r.Hide(text) != text }

// Hide returns text with [Hidden] in place of every secret. Of secrets that overlap nothing is left.
func (r *Redactor) Hide(text string) string {
	if r.Empty() || len(text) < shortest {
		return text
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	var b strings.Builder
	done, end := 0, 0 // text before done is written; a secret goes on to end
	for i := 0; i+shortest <= len(text); i++ {
		for _, n := range r.lengths[[shortest]byte([]byte(text[i:i+shortest]))] {
			if i+n > len(text) || !r.forms[text[i:i+n]] {
				continue
			}
			if i >= end {
				b.WriteString(text[done:i])
				b.WriteString(Hidden)
			}
			end = max(end, i+n)
			done = end
			break // shorter ones are within
		}
	}
	if end == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// HideJSON hides secrets in the strings of a JSON text, names of members apart, and leaves the rest byte by byte as it is.
func (r *Redactor) HideJSON(text []byte) []byte {
	if r.Empty() {
		return text
	}
	var b bytes.Buffer
	rest := text
	for {
		start := bytes.IndexByte(rest, '"')
		if start < 0 {
			break
		}
		end := stringEnd(rest, start)
		b.Write(rest[:start])
		b.Write(r.hideString(rest[start:end], rest[end:]))
		rest = rest[end:]
	}
	b.Write(rest)
	return b.Bytes()
}

// stringEnd returns the index after the string that starts at start.
func stringEnd(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// hideString hides in one JSON string; after is what comes behind it.
func (r *Redactor) hideString(literal, after []byte) []byte {
	var text string
	if after = bytes.TrimLeft(after, " \t\r\n"); len(after) > 0 && after[0] == ':' || json.Unmarshal(literal, &text) != nil {
		return literal
	}
	hidden := r.Hide(text)
	if hidden == text {
		return literal
	}
	return []byte(`"` + quoted(hidden, false) + `"`)
}

// Writer returns a writer that hides secrets in what is written, each call by itself, so calls should be of whole lines. Lines of JSON objects stay
// lines of JSON objects.
func (r *Redactor) Writer(to io.Writer) io.Writer { return writer{r, to} }

type writer struct {
	r  *Redactor
	to io.Writer
}

// Write reports the length of what it was given when all went well.
func (w writer) Write(text []byte) (int, error) {
	if w.r.Empty() {
		return w.to.Write(text)
	}
	var hidden []byte
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(trimmed) {
		hidden = w.r.HideJSON(text)
	} else {
		hidden = []byte(w.r.Hide(string(text)))
	}
	if n, err := w.to.Write(hidden); err != nil {
		return min(n, len(text)), err
	}
	return len(text), nil
}
